"""The page in a real browser: scripts run, the policy holds, the pictures are there with and without scripts."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from report_samples import Size, hostile_run, run

from heatproof.report.html import write_report
from heatproof.study.view import RunView

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"),
    *("--virtual-time-budget=20000", "--hide-scrollbars"),
)


class Browser:
    """Chromium on one file."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program, self.folder = program, folder

    def open(self, view: RunView, *flags: str) -> tuple[str, list[str]]:
        """What the browser prints, and what it complains about."""
        path = write_report(view, self.folder / "report.html")
        command = [self.program, *FLAGS, f"--user-data-dir={self.folder / 'profile'}", *flags, path.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
        return done.stdout, [entry for entry in done.stderr.splitlines() if "CONSOLE" in entry]

    def picture(self, view: RunView, *flags: str) -> np.ndarray:
        """The page as pixels."""
        path = self.folder / "page.png"
        _, complaints = self.open(view, f"--screenshot={path}", "--window-size=1400,4400", *flags)
        assert not complaints
        return np.asarray(Image.open(path).convert("RGB")).astype(int)


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: the report was not opened in a browser")
    return Browser(program, tmp_path)


def coloured(pixels: np.ndarray) -> tuple[int, int]:
    """Pixels of the strong red and of the strong blue of the maps."""
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    return int(((red > 150) & (green < 60) & (blue < 70)).sum()), int(((red < 60) & (green < 110) & (blue > 140)).sum())


def test_the_gallery_is_drawn_and_nothing_is_refused(browser: Browser) -> None:
    dom, complaints = browser.open(run(), "--dump-dom")
    assert not complaints
    assert 'data-ready="yes"' in dom
    assert "data-failed" not in dom
    assert f'data-drawn="{2 * 8 * 8}"' in dom
    assert dom.count("<canvas") == 2 * 8 * 8
    assert re.findall(r'<button type="button" class="copy">([^<]*)', dom)[:3] == [
        *("Copy as CSV", "Copy as LaTeX", "Copy as BibTeX"),
    ]
    assert 'aria-current="true"' in dom


def test_hostile_names_run_nothing(browser: Browser) -> None:
    dom, complaints = browser.open(hostile_run(), "--dump-dom")
    assert not complaints
    assert "<title>owned</title>" not in dom
    assert 'data-ready="yes"' in dom


def test_a_page_without_gallery_is_ready_too(browser: Browser) -> None:
    dom, complaints = browser.open(run(models=0), "--dump-dom")
    assert not complaints
    assert 'data-ready="yes"' in dom


@pytest.mark.slow
def test_maps_look_the_same_with_and_without_scripts(browser: Browser) -> None:
    view = run(Size(images=3, methods=2, metrics=3), models=1)
    drawn = coloured(browser.picture(view))
    static = coloured(browser.picture(view, "--blink-settings=scriptEnabled=false"))
    assert min(*drawn, *static) > 1000
    assert np.allclose(drawn, static, rtol=0.1)


@pytest.mark.slow
def test_the_dark_page_is_dark(browser: Browser) -> None:
    view = run(Size(images=2, methods=2, metrics=2), models=1)
    light, dark = (browser.picture(view, *flags) for flags in ((), ("--blink-settings=preferredColorScheme=0",)))
    assert np.median(light) > 240
    assert np.median(dark) < 40
