// A figure that cannot be drawn says so below its own caption, and all others are drawn.
"use strict";
(() => {
  let plotly;
  const alone = (react) => async (target, ...rest) => {
    if (target.hidden) return target;
    try {
      return await react(target, ...rest);
    } catch {
      plotly.purge(target);
      target.hidden = true;
      target.parentElement.querySelector(".failed").hidden = false;
      return target;
    }
  };
  Object.defineProperty(window, "Plotly", {
    get: () => plotly,
    set: (unpacked) => {
      plotly = unpacked;
      plotly.react = alone(plotly.react);
    },
  });
})();
