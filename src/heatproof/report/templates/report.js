"use strict";
// The page is complete without this script: it sorts, copies, filters and recolours what is already there.
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const data = JSON.parse(document.getElementById("data").textContent);

  function element(name, text, properties = {}) {
    const made = Object.assign(document.createElement(name), properties);
    made.textContent = text;
    return made;
  }

  // --- tables -------------------------------------------------------------------------------------------------------

  function key(row, column) {
    const cell = row.cells[column];
    const value = Number(cell.dataset.value);
    return Number.isNaN(value) ? cell.textContent.trim() : value;
  }

  function compare(a, b) {
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
    return typeof a === "number" ? b - a : a.localeCompare(b);
  }

  function makeSortable(table) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (!head.textContent.trim()) return;
      const button = element("button", "", { type: "button", title: head.title || "sort" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const turned = head.getAttribute("aria-sort") === "descending" ? -1 : 1;
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => turned * compare(key(a, column), key(b, column)));
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", turned === 1 ? "descending" : "ascending");
        table.tBodies[0].append(...rows);
      });
    });
  }

  // --- copying ------------------------------------------------------------------------------------------------------

  function copyByHand(text) {
    const area = element("textarea", text);
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("copying is not allowed"));
  }

  function copy(text) {
    if (!navigator.clipboard) return copyByHand(text);
    return navigator.clipboard.writeText(text).catch(() => copyByHand(text));
  }

  function makeCopyable(details) {
    const kind = details.dataset.copy;
    const button = element("button", `Copy as ${kind}`, { type: "button", className: "copy" });
    button.addEventListener("click", () => {
      copy(details.querySelector("pre").textContent).then(
        () => { button.textContent = "Copied"; },
        () => { details.hidden = false; details.open = true; button.textContent = "Select and copy below"; },
      );
      setTimeout(() => { button.textContent = `Copy as ${kind}`; }, 1600);
    });
    details.before(button);
    details.hidden = !details.open;
  }

  // --- the rail -----------------------------------------------------------------------------------------------------

  function followReader() {
    const links = new Map(all(".rail a").map((link) => [link.hash.slice(1), link]));
    const sections = all("main > section");
    const mark = () => {
      const line = innerHeight * 0.3;
      const current = sections.findLast((section) => section.getBoundingClientRect().top <= line) || sections[0];
      links.forEach((link, id) => {
        if (current && id === current.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      });
    };
    addEventListener("scroll", mark, { passive: true });
    mark();
  }

  function chooseModel(select) {
    select.addEventListener("change", () => {
      all("[data-model]").forEach((block) => {
        block.hidden = select.value !== "" && block.dataset.model !== select.value;
      });
    });
  }

  // --- the gallery --------------------------------------------------------------------------------------------------

  const channels = (code) => [1, 3, 5].map((place) => parseInt(code.slice(place, place + 2), 16));

  /** 256 colours between the anchors. */
  function table(anchors) {
    const colours = anchors.map(channels);
    const made = new Uint8Array(768);
    for (let i = 0; i < 256; i += 1) {
      const place = (i / 255) * (colours.length - 1);
      const left = Math.min(Math.floor(place), colours.length - 2);
      for (let c = 0; c < 3; c += 1) {
        made[3 * i + c] = Math.round(colours[left][c] + (place - left) * (colours[left + 1][c] - colours[left][c]));
      }
    }
    return made;
  }

  function pixelsOf(image, width, height) {
    const canvas = element("canvas", "", { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0, width, height);
    return context.getImageData(0, 0, width, height).data;
  }

  /** The cell of one map: its values from -127 to 127, how often each magnitude and each value occurs, and a canvas. */
  function readCell(image, photo) {
    const { naturalWidth: width, naturalHeight: height } = image;
    const grey = pixelsOf(image, width, height);
    const values = new Int16Array(width * height);
    const magnitudes = new Uint32Array(129);
    const signed = new Uint32Array(257);
    for (let i = 0; i < values.length; i += 1) {
      values[i] = grey[4 * i] - 128;
      magnitudes[Math.abs(values[i])] += 1;
      signed[values[i] + 128] += 1;
    }
    const canvas = element("canvas", "", { width, height, className: image.className.replace("map", "").trim() });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", image.alt);
    return { canvas, values, magnitudes, signed, photo: pixelsOf(photo, width, height) };
  }

  /** The lowest bin such that at most `share` of everything lies above it. */
  function quantile(bins, share, total) {
    let above = 0;
    for (let bin = bins.length - 1; bin > 0; bin -= 1) {
      above += bins[bin];
      if (above > share * total) return bin;
    }
    return 0;
  }

  function draw(cell, look) {
    const { values, photo, canvas } = cell;
    const scale = look.clip >= 99.5 ? 127 : quantile(cell.magnitudes, 1 - look.clip / 100, values.length) || 127;
    const absolute = look.sign === "absolute";
    const bins = absolute ? cell.magnitudes : cell.signed;
    const least = look.keep >= 100 ? -Infinity : quantile(bins, look.keep / 100, values.length) - (absolute ? 0 : 128);
    const colours = look.colours;
    // A diverging map has no use for its negative half in absolute mode: magnitudes run over its positive half.
    const zero = absolute && !look.diverging ? 0 : 127.5;
    const span = 255 - zero;
    const strong = look.overlay / 100;
    const faded = Math.max(strong, 0.85);
    const blank = look.diverging ? 255 : 190; // white is a strong value of some sequential maps
    const context = canvas.getContext("2d");
    const picture = context.createImageData(canvas.width, canvas.height);
    for (let i = 0; i < values.length; i += 1) {
      const value = absolute ? Math.abs(values[i]) : values[i];
      const kept = value >= least;
      const share = Math.max(-1, Math.min(1, value / scale));
      const place = 3 * Math.round(zero + share * span);
      const weight = kept ? strong : faded;
      for (let c = 0; c < 3; c += 1) {
        const colour = kept ? colours[place + c] : blank;
        picture.data[4 * i + c] = weight * colour + (1 - weight) * photo[4 * i + c];
      }
      picture.data[4 * i + 3] = 255;
    }
    context.putImageData(picture, 0, 0);
  }

  const loaded = () => new Promise((go) => (document.readyState === "complete" ? go() : addEventListener("load", go)));
  const breath = () => new Promise((go) => setTimeout(go));

  async function startGallery(section) {
    const form = section.querySelector("form");
    const tables = data.maps.map(([, ...anchors]) => table(anchors));
    data.maps.forEach(([name], index) => form.elements.colours.append(element("option", name, { value: index })));
    const cells = [];
    let cellSize = "auto";

    function chosenLook() {
      const chosen = Number(form.elements.colours.value);
      return {
        colours: tables[chosen],
        diverging: data.maps[chosen][0].includes("/"),
        sign: form.elements.sign.value,
        clip: Number(form.elements.clip.value),
        keep: Number(form.elements.keep.value),
        overlay: Number(form.elements.overlay.value),
      };
    }

    function redraw() {
      const look = chosenLook();
      cells.forEach((cell) => draw(cell, look));
      all("output", form).forEach((output) => {
        const input = output.previousElementSibling;
        output.textContent = input.name === "size" ? cellSize : `${input.value} %`;
      });
    }

    function resize(size) {
      cellSize = size ? `${size} px` : "auto";
      all(".gallery", section).forEach((grid) => {
        if (size) grid.style.setProperty("--cell", `${size}px`);
        else grid.style.removeProperty("--cell");
      });
    }

    let waiting = 0;
    const later = () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(redraw);
    };
    form.addEventListener("input", (event) => (event.target.name === "size" ? resize(event.target.value) : 0, later()));
    form.addEventListener("reset", () => setTimeout(() => (resize(0), redraw())));
    form.addEventListener("submit", (event) => event.preventDefault());
    redraw();
    await loaded();
    for (const row of all("tbody tr", section)) {
      const photo = row.querySelector(".photo");
      for (const image of all("img.map", row)) {
        const cell = readCell(image, photo);
        draw(cell, chosenLook());
        image.replaceWith(cell.canvas);
        cells.push(cell);
      }
      await breath();
    }
    section.dataset.drawn = String(cells.length);
  }

  all(".needs-script").forEach((control) => { control.hidden = false; });
  all("table.sortable").forEach(makeSortable);
  all("details[data-copy]").forEach(makeCopyable);
  followReader();
  const select = document.getElementById("model");
  if (select) chooseModel(select);
  const gallery = document.getElementById("gallery");
  const done = () => { document.documentElement.dataset.ready = "yes"; };
  (gallery ? startGallery(gallery) : Promise.resolve()).then(done, (error) => {
    document.documentElement.dataset.failed = String(error);
  });
})();
