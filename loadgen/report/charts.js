// Draws the charts that the page's data describe. Text gets into the page as text only.
"use strict";
(() => {
    const colours = ["#1f77b4", "#d9731a", "#2a9d4a", "#8a56b8"];
    const height = 260;
    const place = document.getElementById("charts");
    const {charts} = JSON.parse(document.getElementById("data").textContent);

    const number = value => {
        if (value === null || value === undefined) return "–";
        const [by, unit] = Math.abs(value) >= 1e9 ? [1e9, "G"] : Math.abs(value) >= 1e6 ? [1e6, "M"]
            : Math.abs(value) >= 1e4 ? [1e3, "k"] : [1, ""];
        return parseFloat((value / by).toPrecision(3)) + unit;
    };
    // 2 nines are 99 %.
    const share = nines => nines == null ? "–" : parseFloat((100 - 10 ** (2 - nines)).toFixed(3)) + " %";
    const seconds = value => value == null ? "–" : parseFloat(value.toFixed(1)) + " s";

    const draw = chart => {
        const figure = document.createElement("figure");
        const caption = document.createElement("figcaption");
        caption.textContent = chart.title;
        figure.append(caption);
        place.append(figure);
        const label = chart.nines ? share : seconds;
        const upward = {range: (plot, least, most) => [0, most > 0 ? most * 1.05 : 1]};
        return new uPlot({
            width: place.clientWidth, height,
            scales: {x: {time: false}, y: chart.nines ? {distr: 3} : upward},
            axes: [
                {values: (plot, places) => places.map(label), splits: chart.nines ? [0, 1, 2, 3, 4] : undefined},
                {values: (plot, places) => places.map(value => value === null ? "" : number(value)), size: 60},
            ],
            series: [
                {label: chart.nines ? "share" : "time", value: (plot, value) => label(value)},
                ...chart.lines.map((line, index) => ({
                    label: line.name, stroke: colours[index % colours.length], width: 2, points: {show: false}, spanGaps: true,
                    value: (plot, value) => number(value),
                })),
            ],
        }, [chart.x, ...chart.lines.map(line => line.y)], figure);
    };

    const plots = charts.map(draw);
    addEventListener("resize", () => plots.forEach(plot => plot.setSize({width: place.clientWidth, height})));
})();
