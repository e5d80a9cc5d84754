"""LIME and Kernel SHAP against their definitions: coalition by coalition, by normal equations and by Shapley's sums."""

import itertools
import math

import numpy as np
import pytest
import torch
from restated import fill, score
from small_cases import TWENTY, case, close

import heatproof as hp
from heatproof.vocabulary.coalitions import ShapleyCoalitions
from heatproof.vocabulary.image import Image
from heatproof.vocabulary.rng import draw
from heatproof.vocabulary.segments import segmented

LINKS = ["logit", "probability", "log_probability", "margin"]
FILLS = ["black", "mean", "blur", "uniform", 0.4, "segment_mean"]
DISTANCES = ["cosine", "euclidean", "rms", "none"]


def patches(x, m, seed):
    """A label in 0 .. m - 1 for every pixel, each of them used."""
    _, height, width = x.shape
    labels = torch.randint(m, (height * width,), generator=torch.Generator().manual_seed(seed))
    labels[torch.randperm(height * width, generator=torch.Generator().manual_seed(seed))[:m]] = torch.arange(m)
    return labels.view(height, width)


def filled(x, labels, name):
    if name != "segment_mean":
        return fill(x, name)
    gone = x.clone()
    for s, channel in itertools.product(set(labels.flatten().tolist()), range(len(x))):
        gone[channel, labels == s] = x[channel, labels == s].mean()
    return gone


def uniform(x, purpose, n, numbers):
    """The random numbers of the recipe."""
    name = (0, Image.of(x).id, "segments", purpose, numbers)
    return draw(name, 0, n, torch.zeros(numbers, dtype=torch.float64), "uniform", drawn=torch.float64)


def built(c, labels, gone, present):
    """The image with the segments that are there, and the fill in place of the others."""
    z = gone.clone()
    for s, there in enumerate(present):
        if there:
            z[:, labels == s] = c.x[:, labels == s]
    return z


def played(c, labels, name, vectors, link):
    points = [built(c, labels, filled(c.x, labels, name), v) for v in vectors]
    return points, [score(c.model, z, c.target, link) for z in points]


def halves(c, m, n, *, original):
    """The sampled vectors of LIME."""
    first = [[1] * m] if original else []
    return first + [[int(u >= 0.5) for u in row] for row in uniform(c.x, "halves", n - original, m)]


def apart(kind, a, b):
    a, b = a.flatten().tolist(), b.flatten().tolist()
    if kind == "none":
        return 0.0
    if kind == "cosine":
        size = math.sqrt(sum(v * v for v in a)) * math.sqrt(sum(v * v for v in b))
        return 1 - sum(u * v for u, v in zip(a, b, strict=True)) / size if size else 1.0
    squares = sum((u - v) ** 2 for u, v in zip(a, b, strict=True))
    return math.sqrt(squares if kind == "euclidean" else squares / len(a))


def penalised(z, y, w, alpha):
    """Normal equations of b + z c with a penalty on c alone."""
    a = np.hstack([np.ones((len(z), 1)), z])
    penalty = alpha * np.eye(a.shape[1])
    penalty[0, 0] = 0
    return np.linalg.solve(a.T @ np.diag(w) @ a + penalty, a.T @ np.diag(w) @ y)[1:]


def shrunken(z, y, w, alpha):
    """The lasso by proximal gradient steps, 20,000 of them."""
    a = np.hstack([np.ones((len(z), 1)), z])
    gram, pull = a.T @ np.diag(w) @ a / w.sum(), a.T @ np.diag(w) @ y / w.sum()
    step, c = 1 / np.linalg.eigvalsh(gram).max(), np.zeros(a.shape[1])
    for _ in range(20_000):
        c = c - step * (gram @ c - pull)
        c[1:] = np.sign(c[1:]) * np.maximum(np.abs(c[1:]) - step * alpha, 0)
    return c[1:]


def of_pixels(values, labels, x):
    return torch.tensor(values, dtype=torch.float64)[labels].expand_as(x)


@pytest.mark.parametrize("surrogate", ["ridge", "lasso", "least_squares"])
@TWENTY
def test_lime(number, surrogate):
    c, m, n = case(number), 6 + number % 3, 45 + number
    labels, name, link = patches(c.x, m, number), FILLS[number % 6], LINKS[number % 4]
    distance, space = DISTANCES[number // 5], ["segments", "pixels"][number % 2]
    original, width, alpha = number % 3 > 0, 0.6 + 0.1 * number, 0.02 + 0.1 * (number % 7)
    width *= 4 if distance == "euclidean" else 1
    vectors = halves(c, m, n, original=original)
    points, y = played(c, labels, name, vectors, link)
    ones = torch.ones(m)
    far = [
        apart(distance, ones, torch.tensor(v)) if space == "segments" else apart(distance, c.x, z)
        for v, z in zip(vectors, points, strict=True)
    ]
    w = np.array([math.exp(-((d / width) ** 2)) for d in far])
    solve = {"ridge": penalised, "lasso": shrunken, "least_squares": lambda *a: penalised(*a[:3], 0.0)}[surrogate]
    expected = solve(np.array(vectors, dtype=float), np.array(y), w, alpha)
    settings = {"distance": distance, "space": space, "original": original, "width": width, "alpha": alpha}
    settings |= {"surrogate": surrogate, "segments": labels, "baseline": name, "link": link, "n": n}
    found = hp.explain(c.model, c.images, "lime", target=c.target, **settings)[0]
    close(found, of_pixels(expected, labels, c.x), 1e-7 if surrogate == "lasso" else 1e-8)


@TWENTY
def test_lime_takes_every_vector_once_where_there_are_few(number):
    c, m = case(number), 1 + number % 5
    labels, name = patches(c.x, m, number), FILLS[number % 6]
    vectors = list(itertools.product((0, 1), repeat=m))
    _, y = played(c, labels, name, vectors, "logit")
    w = np.array([math.exp(-((apart("cosine", torch.ones(m), torch.tensor(v).float()) / 0.5) ** 2)) for v in vectors])
    expected = penalised(np.array(vectors, dtype=float), np.array(y), w, 1.0)
    how = {"target": c.target, "segments": labels, "baseline": name, "width": 0.5}
    found = [hp.explain(c.model, c.images, "lime", n=n, **how)[0] for n in (2**m, 300)]
    close(found[0], of_pixels(expected, labels, c.x))
    assert torch.equal(*found)


def shapley_coalitions(c, m, n, *, paired):
    """Sizes by the weight that the kernel gives to all sets of a size, then the smallest of random numbers."""
    mass = [1 / (s * (m - s)) for s in range(1, m)]
    sets, u = [], uniform(c.x, f"coalitions, paired {paired}", n, m + 1).tolist()
    for first, *rest in u:
        size, above = 1, mass[0]
        while first * sum(mass) >= above and size < m - 1:
            size, above = size + 1, above + mass[size]
        gone = sorted(range(m), key=lambda s: rest[s])[:size]
        sets.append([int(s not in gone) for s in range(m)])
        if paired:
            sets.append([int(s in gone) for s in range(m)])
    return sets[:n]


def added_up(z, y, w, total):
    """Least squares under sum c = total, by a Lagrange multiplier."""
    m = z.shape[1]
    system = np.zeros((m + 1, m + 1))
    system[:m, :m] = 2 * z.T @ np.diag(w) @ z
    system[:m, m] = system[m, :m] = 1
    return np.linalg.solve(system, np.append(2 * z.T @ np.diag(w) @ y, total))[:m]


@pytest.mark.parametrize("ends", ["exact", "weighted"])
@TWENTY
def test_kernel_shap_with_sampled_coalitions(number, ends):
    c, m, n = case(number), 6 + number % 3, 40 + number
    labels, name, link, paired = patches(c.x, m, number), FILLS[number % 6], LINKS[number % 4], number % 3 > 0
    vectors = shapley_coalitions(c, m, n - 2, paired=paired)
    _, y = played(c, labels, name, [[1] * m, *vectors, [0] * m], link)
    z = np.array(vectors, dtype=float)
    if ends == "exact":
        c_ = added_up(z, np.array(y[1:-1]) - y[-1], np.ones(len(z)), y[0] - y[-1])
        expected = c_ / torch.bincount(labels.flatten()).numpy() / len(c.x)
        assert c_.sum() == pytest.approx(y[0] - y[-1])
    else:
        root = np.array([1e3, *[1] * len(z), 1e3])
        a = np.vstack([np.ones(m), z, np.zeros(m)])
        a = np.hstack([np.ones((len(a), 1)), a]) * root[:, None]
        expected = np.linalg.lstsq(a, root * y, rcond=None)[0][1:]
    how = {"segments": labels, "baseline": name, "link": link, "n": n, "paired": paired, "ends": ends}
    spread = "even" if ends == "exact" else "copied"
    found = hp.explain(c.model, c.images, "kernel_shap", target=c.target, spread=spread, **how)[0]
    close(found, of_pixels(expected, labels, c.x))


def shapley(worth, m):
    """sum over S without i of |S|! (m - |S| - 1)! / m! (v(S with i) - v(S))."""
    values = []
    for i in range(m):
        others, value = [s for s in range(m) if s != i], 0.0
        for size in range(m):
            for chosen in itertools.combinations(others, size):
                share = math.factorial(size) * math.factorial(m - size - 1) / math.factorial(m)
                value += share * (worth[frozenset((*chosen, i))] - worth[frozenset(chosen)])
        values.append(value)
    return values


@TWENTY
def test_kernel_shap_with_all_coalitions_is_the_shapley_values(number):
    c, m = case(number), 1 + number % 6
    labels, name, link = patches(c.x, m, number), FILLS[number % 6], LINKS[number % 4]
    sets = [frozenset(s) for size in range(m + 1) for s in itertools.combinations(range(m), size)]
    _, y = played(c, labels, name, [[int(s in chosen) for s in range(m)] for chosen in sets], link)
    expected = shapley(dict(zip(sets, y, strict=True)), m)
    how = {"target": c.target, "segments": labels, "baseline": name, "link": link, "spread": "copied"}
    found = [hp.explain(c.model, c.images, "kernel_shap", n=n, **how)[0] for n in (2**m, 300)]
    close(found[0], of_pixels(expected, labels, c.x))
    assert torch.equal(*found)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("m", [2, 3, 8])
def test_sizes_of_coalitions_have_the_probability_of_the_kernel(paired, m):
    image, n = Image.of(case(0).x), 8000
    cut = segmented(image, patches(image.x, m, 0))
    absent = ShapleyCoalitions(image, cut, n, paired).absent(0, n)
    sizes = np.bincount(absent.sum(1).numpy(), minlength=m + 1)
    mass = np.array([1 / (s * (m - s)) for s in range(1, m)])
    assert sizes[0] == sizes[m] == 0
    share = mass / mass.sum()
    assert (np.abs(sizes[1:m] / n - share) <= 4.5 * np.sqrt(2 * share * (1 - share) / n)).all()
    assert float((absent.double().mean(0) - 0.5).abs().max()) < 4.5 * math.sqrt(0.25 / n)
    if paired:
        assert torch.equal(absent[::2], ~absent[1::2])


def test_defaults():
    c = case(4, convolutional=True)
    labels = segmented(Image.of(c.x), 50).labels[0]
    m = int(labels.max()) + 1
    vectors = halves(c, m, 300, original=True)
    _, y = played(c, labels, "black", vectors, "logit")
    w = [math.exp(-(((1 - math.sqrt(sum(v) / m)) / 0.25) ** 2)) for v in vectors]
    expected = penalised(np.array(vectors, dtype=float), np.array(y), np.array(w), 1.0)
    close(hp.explain(c.model, c.images, "lime", target=c.target)[0], of_pixels(expected, labels, c.x))
    vectors = shapley_coalitions(c, m, 298, paired=True)
    _, y = played(c, labels, "black", [[1] * m, *vectors, [0] * m], "logit")
    z = np.array(vectors, dtype=float)
    expected = added_up(z, np.array(y[1:-1]) - y[-1], np.ones(298), y[0] - y[-1])
    expected = expected / torch.bincount(labels.flatten()).numpy() / len(c.x)
    close(hp.explain(c.model, c.images, "kernel_shap", target=c.target)[0], of_pixels(expected, labels, c.x))
