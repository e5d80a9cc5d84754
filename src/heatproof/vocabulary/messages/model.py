"""Messages about models, targets and what a method needs (HP2xx)."""

from heatproof.vocabulary.errors import Message

MESSAGES: dict[str, Message] = {
    "HP201": Message(
        "the model answers with {got}; heatproof needs logits of shape (N, K)",
        "A classifier takes images (N, C, H, W) and answers one row of K numbers per image. Tuples, dicts and objects "
        "with `.logits` are unwrapped by rule: `logits`, `out`, or the first (N, K) tensor; (N, K, 1, 1) is squeezed.",
    ),
    "HP202": Message(
        "the model failed on a probe batch of shape {shape}: {cause}",
        "Before any work, two images are put through the model. The cause is the model's own error.",
    ),
    "HP203": Message(
        "target {target} does not exist: the model has {outputs} outputs, 0 to {last}",
        "Targets are class indices counted from 0. Labels that start at 1 have to be shifted.",
    ),
    "HP204": Message(
        "{images} images but {targets} targets: give one target per image, or one whole number for all",
        "A map explains one class per image.",
    ),
    "HP205": Message(
        "images must be a tensor (N, C, H, W) of finite numbers with at least one image; got {got}",
        "One image alone is images[None]. NumPy arrays: torch.from_numpy(array).",
    ),
    "HP206": Message(
        "maps must have the shape of the images {images}, or (N, 1, H, W); got {got}",
        "A map has one value per pixel and channel; a map with one channel is spread over all channels.",
    ),
    "HP207": Message(
        "the model changes its own {what} during a forward: its answers depend on what was asked before",
        "A forward in evaluation mode must leave parameters and buffers alone.",
    ),
    "HP208": Message(
        "the model is a {kind}, which hides its inside; pass the plain nn.Module it was made from",
        "Scripted and traced modules cannot be given other backward rules or read at a layer.",
    ),
    "HP209": Message(
        "the model answers without a gradient: does it use torch.no_grad() or detach() inside?",
        "Gradient methods need outputs that depend differentiably on the input.",
    ),
    "HP210": Message(
        "the parameters of the model must be on one device and of one floating-point type, not: {found}",
        "Move the model to one device and one floating-point type: model.to(device, dtype). A model "
        "on the device `meta` has no values yet: load its weights first.",
    ),
    "HP211": Message(
        "{parameter} holds values that are not finite",
        "Weights that are NaN or infinite make every answer meaningless.",
    ),
    "HP213": Message(
        "the model has no layer '{layer}'{near}; layers with a map per channel: {layers}",
        "Class activation methods look at a layer that answers (N, channels, height, width) and runs once per forward.",
    ),
    "HP214": Message(
        "{method} does not work with this model: {reason}{hint}",
        "Each formula says what it needs; a model that lacks it is refused before anything is computed, because the "
        "alternative is a map that looks fine and means nothing.",
    ),
    "HP215": Message(
        "{formula} needs {need}, which {data} does not have",
        "Some formulas need more than an image: `reference` (other images of its kind), `boxes` around the evidence, "
        "adversarial `patches`. Studies take them with the data, hp.explain and hp.score as arguments of these names.",
    ),
    "HP216": Message(
        "{metric} explains again: say which method made the maps, method='...'",
        "Metrics of robustness and randomization compare a map with the maps of neighbours or of edited models, so "
        "they need the method, not only its maps.",
    ),
    "HP217": Message(
        "the images of {data} have no labels, and the study asks for them (target: label, or keep: correct)",
        "Give a labels CSV (data.labels: labels.csv), or explain the predicted class.",
    ),
    "HP218": Message(
        "the model gets none of the {images} images of {data} right, and keep: correct asks for those",
        "Are the labels in the order of the model's outputs, and is the normalisation right?",
    ),
    "HP219": Message(
        "boxes must be one tensor (k, 4) per image with top, left, bottom and right of each box; got {got}",
        "Pixels are counted from 0, bottom and right are the first ones outside.",
    ),
    "HP220": Message(
        "out of memory at a batch of 1 image of shape {shape}",
        "The batch was halved down to one image and the model still did not fit. Use a smaller model, another device, "
        "or close other programs.",
        5,
    ),
    "HP221": Message(
        "the result of {formula} has shape {got}; it must have the shape {want}",
        "A method returns one value per pixel and channel or an Explanation; a metric returns one number or a Reading.",
        3,
    ),
    "HP222": Message(
        "{formula} awaited {got}; a formula can await scores and other formulas, nothing else",
        "The engine drives formulas itself; asyncio and other frameworks have no event loop here.",
        3,
    ),
    "HP224": Message(
        "a worker process {how}; a study keeps what is finished, and the same command continues it",
        "Most often the machine ran out of memory and the system ended the process: set compute.workers (in Python: "
        "workers) to a smaller number, or the batch.",
        5,
    ),
    "HP225": Message(
        "compute.workers is {workers}, and copies of a process cannot go on computing {where}; use 1",
        "Worker processes are forks of the one that prepared the model. That works on Linux, on the CPU, where PyTorch "
        "sees no accelerator; elsewhere one process uses the whole device.",
    ),
    "HP230": Message(
        "device '{device}' does not exist here; there is {valid}",
        "compute.device takes auto, cpu, or a device that PyTorch finds on this machine.",
    ),
    "HP240": Message(
        "compute.scores: {scores} does not go with maps in {maps}; maps in float32 go with scores in float32, bfloat16 "
        "or float16",
        "Forwards are made cheaper by computing in a shorter type on weights that stay in float32. Leave scores out, "
        "or set maps: float32. Wider forwards than maps (float64) need maps: float64.",
    ),
    "HP241": Message(
        "forwards in compute.scores: {scores} do not work here: {cause}; leave it out, or try bfloat16",
        "Before any work, a probe batch is put through the model in this type. float16 ends at 65,504: large "
        "activations become infinite. Not every device has every type.",
    ),
    "HP245": Message(
        "the note {note} of {method} is of type {got}; a note is one number",
        "Explanation(map, {'steps': 12}) keeps numbers beside a map, by name.",
        3,
    ),
}
