"""`heatproof help CODE`: the long text of a message."""

from __future__ import annotations

import click

from heatproof.cli.options import Command
from heatproof.cli.streams import say
from heatproof.cli.table import show_json


@click.command("help", cls=Command)
@click.argument("topic", metavar="CODE", default="")
@click.pass_context
def command(ctx: click.Context, topic: str) -> None:
    """Explain a code like HP102, a command, the contracts of formulas, or print the JSON Schema of a study.

    `help contracts` says what check-method and check-metric check; `help schema` prints the schema.
    """
    app = ctx.find_root()
    assert isinstance(app.command, click.Group)
    if topic == "schema":
        from heatproof.spec.schema import schema

        show_json(schema())
    elif topic == "contracts":
        from heatproof.check.table import CONTRACTS

        say("\n".join(f"{contract:4} {meaning}" for contract, meaning in CONTRACTS.items()))
    elif not topic:
        say(app.get_help())
    elif found := app.command.get_command(ctx, topic):
        with click.Context(found, parent=app, info_name=topic) as about:
            say(found.get_help(about))
    else:
        say(_message(topic, app.command.list_commands(app)))


def _message(topic: str, commands: list[str]) -> str:
    from heatproof.vocabulary.errors import catalogue, nearest, problem

    code = topic.upper()
    if code not in catalogue():
        near = nearest(code, catalogue()) or nearest(topic, [*commands, "contracts", "schema"])
        raise problem("HP131", unknown=topic, near=near)
    message = catalogue()[code]
    text = message.text.replace("{{", "{").replace("}}", "}")
    return f"{code}  {text}\n\n{message.why}\n\nexit code {message.exit_code}"
