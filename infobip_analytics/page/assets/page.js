// Draws the figures of the page with the plotly.js that is packed in it, in light and in dark.
"use strict";
(() => {
  const figures = [...document.querySelectorAll("script[data-figure]")];
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const darkColours = Object.entries(JSON.parse(document.getElementById("dark").textContent));
  const coarse = matchMedia("(pointer: coarse)");
  let onPaper = false;
  // pixels between the margins of A4; what is drawn for the screen would be cut off there
  const PAPER = { chart: 680, map: 560 };

  const values = (script) => {
    const swap = isDark.matches && !onPaper ? darkColours : [];
    const text = swap.reduce((all, [light, dark]) => all.replaceAll(light, dark), script.textContent);
    return JSON.parse(text);
  };

  const draw = (script) => {
    const target = document.getElementById(script.dataset.figure);
    const { data, layout } = values(script);
    // on a phone the circles of tiny territories would cover their neighbours
    const small = data.filter((trace) => trace.marker && target.clientWidth < 600);
    for (const trace of small) trace.marker.size = 5;
    // a finger that moves over a map scrolls the page
    if (coarse.matches) layout.dragmode = false;
    const width = PAPER[target.className.split(" ")[0]];
    const height = layout.height ?? (width * target.clientHeight) / target.clientWidth;
    const size = onPaper ? { autosize: false, width, height } : { autosize: true };
    return Plotly.react(target, data, { ...layout, ...size }, {
      responsive: !onPaper,
      displaylogo: false,
      // nothing leaves this page: no button that sends a chart to a server
      showSendToCloud: false,
      plotlyServerURL: "",
    });
  };

  const drawAll = () => Promise.all(figures.map(draw));

  // paper is light, and nobody can unfold it
  let folded = [];
  const printing = (now) => {
    onPaper = now;
    if (now) folded = [...document.querySelectorAll("details:not([open])")];
    for (const each of folded) each.open = now;
    drawAll();
  };

  const unpacked = async () => {
    const packed = atob(document.getElementById("plotly").textContent);
    const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  };

  const start = async () => {
    const script = document.createElement("script");
    script.textContent = await unpacked();
    document.head.append(script);
    script.remove();
    await drawAll();
    isDark.addEventListener("change", drawAll);
    addEventListener("beforeprint", () => printing(true));
    addEventListener("afterprint", () => printing(false));
    document.documentElement.dataset.drawn = figures.length;
  };

  start().catch(() => {
    for (const note of document.querySelectorAll(".undrawn")) note.hidden = false;
  });
})();
