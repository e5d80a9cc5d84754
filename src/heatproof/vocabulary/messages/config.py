"""Messages about the command line, studies, settings and plug-ins (HP1xx)."""

from heatproof.vocabulary.errors import Message

MESSAGES: dict[str, Message] = {
    "HP100": Message(
        "{wrong}  ({help} --help)",
        "The command line holds a command, an option or a value that does not exist. Every command explains itself "
        "with --help; `heatproof --help` names them all.",
    ),
    "HP101": Message(
        "unknown {kind} '{name}'{near} (heatproof list {kind}s)",
        "A method or a metric is named that is not registered. `heatproof list methods` and `heatproof list metrics` "
        "name all there are, those of installed plug-ins included.",
    ),
    "HP102": Message(
        "unknown setting '{setting}' of {formula}{near} ({has})",
        "Every keyword parameter of a formula is a setting, and nothing else is. A typo would silently leave the "
        "default in force, so it is refused.",
    ),
    "HP103": Message(
        "{setting} of {formula} {wrong}",
        "The value has the wrong type or lies outside the range that the formula allows.",
    ),
    "HP104": Message(
        "unknown key '{key}' {where}{near} (valid keys: {valid})",
        "A study has a fixed set of keys. A typo would silently leave a default in force, so it is refused.",
    ),
    "HP105": Message(
        "{setting} cannot be {value}; it takes {valid}",
        "The value fits the type of the setting but not this image or model.",
    ),
    "HP106": Message(
        "{key} must be {valid}, not {value}",
        "The value of this key of the study has the wrong type or lies outside its range.",
    ),
    "HP107": Message(
        "{key} is missing: {valid}",
        "A study needs at least `heatproof: 1`, models, data, methods and metrics; everything else has a default.",
    ),
    "HP108": Message(
        "an entry of {section} is a name, or a name with its settings like 'smoothgrad: {{sigma: 0.3}}', not {value}",
        "Entries are written `- gradient`, or `- smoothgrad: {sigma: 0.3}`, with `label: wide` on the next line where "
        "tables shall show another name.",
    ),
    "HP109": Message(
        "{section} {label} twice{hint}",
        "Tables and curves name each entry by its label, so labels are unique. Entries of one formula are told apart "
        "by the settings in which they differ; for anything else, give the entry a `label:`.",
    ),
    "HP110": Message(
        "{formula} has a parameter '{unknown}' without a default; a study can supply only {known}",
        "Parameters without a default are ingredients which the study supplies by name; all others are settings and "
        "need a default.",
        3,
    ),
    "HP111": Message(
        "the name '{formula}' is taken by {module}; give yours another name",
        "Names of formulas are unique, also across plug-ins: a result must say for certain how it was made.",
        3,
    ),
    "HP112": Message(
        "the plug-in {plugin} cannot be imported: {cause}",
        "An installed package registers formulas through an entry point, and importing it failed. Uninstall it or "
        "repair it; heatproof itself is fine.",
    ),
    "HP113": Message(
        "'{name}' does not name a plug-in: write file.py:function",
        "heatproof takes formulas from a Python file of yours (with --allow-plugins), and from installed packages that "
        "register them through the entry points heatproof.methods and heatproof.metrics; those are named without a "
        "colon. It never imports any other module that a study names.",
    ),
    "HP114": Message(
        "{formula} has no preset '{preset}'{near}; {has}",
        "A preset is a set of settings under which another toolkit or paper computes the same formula: "
        "`smoothgrad: {preset: captum}`. Settings beside it change single values.",
    ),
    "HP115": Message(
        "{section} has {count:,} entries after all sweeps; at most {limit:,} are taken",
        "A sweep over several settings makes one entry for every combination. Sweep fewer settings or fewer values.",
    ),
    "HP116": Message(
        "--set takes key=value, like --set data.images=8, not '{text}'",
        "The key is the way to the value in the study: seed, data.images, compute.device, methods.smoothgrad.sigma.",
    ),
    "HP117": Message(
        "{section} has no entry '{name}'{near}; it has {valid}",
        "--set changes entries that the study has. To add one, write it into the study file, or set the whole list: "
        "--set 'methods=[gradient, smoothgrad]'.",
    ),
    "HP118": Message(
        "a sweep is a list with at least one value, like {{sweep: [0.1, 0.3]}}, not {value}",
        "`{sweep: [...]}` in the place of a value makes one entry for each value. A bare list is one value for a "
        "setting that takes lists.",
    ),
    "HP119": Message(
        "no formula has a preset '{profile}'{near}; profiles: {known}",
        "A profile is the preset that every method and metric takes which has it and names no other.",
    ),
    "HP120": Message(
        "this is not YAML: {why}",
        "The file breaks the rules of YAML at this place, or shortly before it. Usual reasons: a colon inside a text "
        "without quotes, a bracket or a quote that is not closed, lines that are not indented alike.",
    ),
    "HP121": Message(
        "the key '{key}' stands here and already in line {first}",
        "Most readers of YAML keep the last of two equal keys and say nothing. Remove one of them.",
    ),
    "HP122": Message(
        "this is not UTF-8 text ({got}): save the file as UTF-8",
        "Studies are text files in UTF-8, with or without a byte order mark, with any line ends.",
    ),
    "HP123": Message(
        "{character} is not allowed here: YAML wants spaces and printable text",
        "Tabs look like indentation and are not; other control characters cannot be seen. Replace tabs by spaces; in a "
        'text, write "\\t" in double quotes.',
    ),
    "HP124": Message(
        "the tag {tag} is not allowed: a study holds plain values only",
        "Tags ask a reader to make objects of some type. heatproof makes none from a file.",
    ),
    "HP125": Message(
        "{what}: repeat the values instead",
        "A few anchors (&name) and aliases (*name) are fine. Many of them can grow a small file to gigabytes, and an "
        "alias inside its own anchor never ends.",
    ),
    "HP126": Message(
        "brackets or lists are nested deeper than {limit} levels",
        "No study needs that depth, and reading it could exhaust the stack.",
    ),
    "HP127": Message(
        "the study is too large: {what}; at most {limit} are read",
        "A study is a page of text. Did you name a data file by mistake?",
    ),
    "HP128": Message(
        "a study is a mapping of keys to values, and {got}",
        "Begin with `heatproof: 1`, then models, data, methods and metrics. `heatproof list studies` names complete "
        "examples.",
    ),
    "HP129": Message(
        "there is no study '{name}'{near} (give the path of a file, or one of {known})",
        "A study is named by the path of its YAML file, or by the name of one that comes with heatproof "
        "(heatproof list studies).",
    ),
    "HP130": Message(
        "{file} cannot be read: {reason}",
        "The operating system refused to read this file. Does it exist, is it a file, and may you read it?",
    ),
    "HP131": Message(
        "unknown code '{unknown}'{near}",
        "Codes are HP and three digits, as they stand in front of each message.",
    ),
    "HP132": Message(
        "data needs one of `name:` (a data set that heatproof knows) and `folder:` (a folder of images)",
        "`data: mnist5k` or `data: {name: mnist5k, images: 100}` takes a known data set, `data: {folder: ./photos, "
        "labels: labels.csv}` takes your images. `heatproof list data` names the known ones.",
    ),
    "HP133": Message(
        "{name!r} has no full size{near}; --full goes with: {known}",
        "Packaged studies run small on data that comes with the package. Those that stand for a paper can also be run "
        "as in the paper, with `--full --data DIR`, on data that you have. A study of your own has one size.",
    ),
    "HP140": Message(
        "this installation or this machine cannot do it: {cause}  (heatproof doctor)",
        "A package is missing or cannot be loaded, or there is not enough memory to begin with. `heatproof doctor` "
        "looks at every package that heatproof needs.",
        5,
    ),
}
