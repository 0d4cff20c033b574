//! The plot of docs/simulation-fleet.svg: requests per second over half an hour, on a scale of powers
//! of ten, readable on light and dark pages.

use std::fmt::Write as _;

use super::fleet::{LENGTH, OUTAGE};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 44.0;
/// From 100 to a million.
const POWERS: (u32, u32) = (2, 6);
/// One point for so many seconds: the highest of them.
const STEP: usize = 5;

/// A line of the plot.
pub struct Line<'l> {
    pub name: &'l str,
    /// The name of its colour.
    pub class: &'l str,
    pub seen: &'l [u32],
}

pub fn draw(lines: &[Line<'_>]) -> String {
    let mut svg = String::new();
    let _ = write!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t">
<title id="t">Token requests per second before, during and after an outage of five minutes</title>
<style>
text {{ font: 13px system-ui, sans-serif; fill: #333 }}
.grid {{ stroke: #ccc; stroke-width: 1 }}
.outage {{ fill: #d33; opacity: 0.12 }}
path {{ fill: none; stroke-width: 2; stroke-linejoin: round }}
.timers {{ stroke: #b45309 }}
.holdfast {{ stroke: #1d6fd1 }}
text.timers {{ fill: #b45309; stroke: none }}
text.holdfast {{ fill: #1d6fd1; stroke: none }}
@media (prefers-color-scheme: dark) {{
text {{ fill: #ddd }}
.grid {{ stroke: #444 }}
.outage {{ fill: #f66; opacity: 0.18 }}
.timers {{ stroke: #f0a04b }}
.holdfast {{ stroke: #6cb2ff }}
text.timers {{ fill: #f0a04b }}
text.holdfast {{ fill: #6cb2ff }}
}}
</style>
"#
    );
    let (from, to) = (x(OUTAGE.0), x(OUTAGE.1));
    let _ = writeln!(
        svg,
        r#"<rect class="outage" x="{from:.0}" y="{TOP:.0}" width="{:.0}" height="{:.0}"/>
<text x="{:.0}" y="{:.0}" text-anchor="middle">server down</text>"#,
        to - from,
        HEIGHT - TOP - BOTTOM,
        (from + to) / 2.0,
        TOP - 8.0
    );
    for power in POWERS.0..=POWERS.1 {
        let y = y(f64::from(10_u32.pow(power)));
        let _ = writeln!(
            svg,
            r#"<line class="grid" x1="{LEFT:.0}" y1="{y:.1}" x2="{:.0}" y2="{y:.1}"/>
<text x="{:.0}" y="{:.1}" text-anchor="end">{}</text>"#,
            WIDTH - RIGHT,
            LEFT - 8.0,
            y + 4.0,
            thousands(10_u32.pow(power))
        );
    }
    for minute in (0..=LENGTH / 60).step_by(5) {
        let _ = writeln!(
            svg,
            r#"<text x="{:.0}" y="{:.0}" text-anchor="middle">{minute}</text>"#,
            x(minute * 60),
            HEIGHT - BOTTOM + 18.0
        );
    }
    let _ = writeln!(
        svg,
        r#"<text x="{:.0}" y="{:.0}" text-anchor="middle">minutes</text>
<text x="{:.0}" y="{:.0}" text-anchor="start">requests per second</text>"#,
        (LEFT + WIDTH - RIGHT) / 2.0,
        HEIGHT - 8.0,
        8.0,
        TOP - 8.0
    );
    for (index, line) in lines.iter().enumerate() {
        let mut path = String::new();
        for (point, seconds) in line.seen.chunks(STEP).enumerate() {
            let highest = seconds.iter().copied().max().unwrap_or(0);
            let command = if point == 0 { 'M' } else { 'L' };
            let _ = write!(
                path,
                "{command}{:.1} {:.1}",
                x(point * STEP),
                y(f64::from(highest.max(1)))
            );
        }
        let _ = writeln!(
            svg,
            r#"<path class="{}" d="{path}"/>
<text class="{}" x="{:.0}" y="{:.0}" text-anchor="end">{}</text>"#,
            line.class,
            line.class,
            WIDTH - RIGHT - 4.0,
            TOP + 16.0 + 18.0 * index as f64,
            line.name
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn x(second: usize) -> f64 {
    LEFT + (WIDTH - LEFT - RIGHT) * second as f64 / LENGTH as f64
}

fn y(value: f64) -> f64 {
    let (low, high) = (f64::from(POWERS.0), f64::from(POWERS.1));
    let share = (value.log10() - low) / (high - low);
    HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share.clamp(0.0, 1.0)
}

/// `1234567` as `1,234,567`.
pub fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
