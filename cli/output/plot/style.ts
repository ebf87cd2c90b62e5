/** Colours of a time line. What knows no media query, or prints, gets the light ones. */
export const STYLE = `
.ground { fill: #ffffff }
.title { fill: #1f2328; font-size: 15px; font-weight: 600 }
.name { fill: #1f2328 }
.tick { fill: #57606a }
.axis { stroke: #8c959f; stroke-width: 1 }
.grid { stroke: #d8dee4; stroke-width: 1 }
.load, .wanted, .running, .hosts { fill: none; stroke-width: 1.75; stroke-linejoin: round }
.load { stroke: #57606a }
.wanted { stroke: #0969da }
.running { stroke: #1a7f37; stroke-width: 4; stroke-opacity: 0.45 }
.hosts { stroke: #bc4c00; stroke-dasharray: 6 3 }
.out { fill: #0969da }
.in { fill: #8250df }
.other { fill: #57606a }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117 }
  .title, .name { fill: #e6edf3 }
  .tick { fill: #9198a1 }
  .axis { stroke: #656c76 }
  .grid { stroke: #21262d }
  .load { stroke: #9198a1 }
  .wanted { stroke: #58a6ff }
  .running { stroke: #3fb950 }
  .hosts { stroke: #f0883e }
  .out { fill: #58a6ff }
  .in { fill: #bc8cff }
  .other { fill: #9198a1 }
}
`;
