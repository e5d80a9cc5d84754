"""Messages about maps made elsewhere, exports, and files of attribench (HP68x, HP69x)."""

from heatproof.vocabulary.errors import Message

MESSAGES: dict[str, Message] = {
    "HP680": Message(
        "maps file {path} cannot be used: {reason}",
        "Maps made elsewhere come as numbers (N, C, H, W) or (N, H, W), one map for each image, in a .npz, .npy, "
        ".safetensors or .h5 file. Relative paths count from the current folder.",
    ),
    "HP681": Message(
        "maps file {path} has no array '{key}'{near}; it holds {known}",
        "`key` names the array inside the file. It may be left out where the file holds a single array of maps.",
    ),
    "HP682": Message(
        "maps file {path} has changed: its sha256 starts with {found}, and the study was written for {wanted}",
        "The checksum pins what was judged. Remove sha256 from the study to judge the new maps: they get keys of their "
        "own, and results of the old ones stay in the run folder.",
    ),
    "HP683": Message(
        "{name} holds {count} maps, and {data} has {images} images; wanted one map per image, in the same order",
        "Maps are matched to images by their order, before `keep: correct` and duplicates take images away. A file "
        "that holds the names of the images as `ids` beside the maps is matched by name instead.",
    ),
    "HP684": Message(
        "{name} holds maps of shape {got}, and the images are {images}; wanted {wanted}",
        "Maps have the height and width of the images. One map for all channels is spread over them, so that its sum "
        "over the channels stays what it was.",
    ),
    "HP685": Message(
        "{name} is {got}; wanted maps as real numbers (N, C, H, W) or (N, H, W)",
        "One map for each image of the study; NaN in a map leaves that image undefined.",
    ),
    "HP686": Message(
        "{name} comes with {part} that do not fit: {reason}",
        "`ids` are the names of the images, one per map and each once; `targets` the class that each map explains.",
    ),
    "HP687": Message(
        "maps need a file: maps: {{file: theirs.npz, key: gradient}}",
        "Maps that were handed over as an array in Python are not part of the study file. Write them to a file, or "
        "run the study from Python again: hp.given_maps(array).",
    ),
    "HP690": Message(
        "{path} holds no results of attribench: {reason}",
        "Wanted: a metric result (an .h5 file whose root has the attribute type, or a folder with a metadata.yaml), a "
        "folder of such results, or the .h5 file of a suite of 2021/22 with the group results.",
    ),
    "HP691": Message(
        "unknown key '{key}' in {where}{near}; there are {known}",
        "Keys that nothing reads are refused: a misspelled setting would silently keep its default.",
    ),
    "HP692": Message(
        "unknown {kind} '{name}' in {where}{near}; known are {known}",
        "Types are the class names that attribench 0.0.2 (2022) uses in suite.yaml and methods.yaml.",
    ),
    "HP693": Message(
        "{where} is {got}; wanted {wanted}",
        "suite.yaml has `default` and `metrics`, or named sections of these two; methods.yaml has `wrappers` and "
        "`methods`, a list of names or of {{name: {{type: ..., args: ...}}}}.",
    ),
    "HP694": Message(
        "the run has no model '{model}'{near}; it has {known}",
        "heatproof status RUN names the models of a run.",
    ),
    "HP695": Message(
        "{path} is not empty; choose another --out, or empty it first",
        "An export never mixes with what is there: files of an earlier export would pass for part of this one.",
    ),
    "HP696": Message(
        "{run} holds nothing to export yet: no model has begun",
        "heatproof run STUDY fills a run folder; what is finished can be exported at any time.",
    ),
    "HP697": Message(
        "--methods goes with a suite.yaml; {path} is something else",
        "A suite names its metrics, and a methods.yaml beside it the methods; results of attribench need neither.",
    ),
    "HP698": Message("unknown format '{to}'{near}; there are {known}", "heatproof export --help says what each holds."),
}
