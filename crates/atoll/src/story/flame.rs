//! A flame graph of gas: a box for every call and every cause, as wide as what it cost.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::names::Names;
use super::show::group;
use super::{Call, Spent, Story};

/// Lengths count hundredths of a pixel: no floats are needed for a picture either.
const PIXEL: u64 = 100;
const WIDTH: u64 = 1200 * PIXEL;
const ROW: u64 = 18;
/// What is narrower can't be seen.
const WIDTH_MIN: u64 = PIXEL / 10;
/// What a letter takes, and the room that a label needs at least.
const LETTER: u64 = 7 * PIXEL;

/// A box before it is drawn.
struct Frame {
    label: String,
    milligas: u64,
    colour: &'static str,
    inner: Vec<Frame>,
}

/// Draws what a message cost as SVG: the message below, what it called above it.
#[must_use]
pub fn svg(story: &Story, names: &Names, title: &str) -> String {
    let mut inner = causes(&story.outside);
    inner.extend(story.calls.iter().map(|call| frame(call, names)));
    let all = Frame {
        label: title.to_owned(),
        milligas: inner.iter().map(|frame| frame.milligas).sum(),
        colour: "#b0b0b0",
        inner,
    };
    let rows = depth(&all);
    let height = rows * ROW;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" \
         font-family=\"monospace\" font-size=\"12\">\n",
        WIDTH / PIXEL
    );
    draw(&all, 0, WIDTH, rows, all.milligas.max(1), &mut svg);
    svg.push_str("</svg>\n");
    svg
}

fn frame(call: &Call, names: &Names) -> Frame {
    let code = call.callee.as_ref().map(|(_, code)| code);
    let to = match call.callee {
        Some((id, _)) => names.actor(id),
        None => names.address(&call.to),
    };
    let kind = code.and_then(|code| names.code(code)).unwrap_or_default();
    let asked = call.params.as_ref().and_then(|block| {
        let (signature, _) = names.asked(call.method, block.codec, &block.data)?;
        Some(signature.name.clone())
    });
    let method = asked.unwrap_or_else(|| names.method(code, call.method));
    let mut inner = causes(&call.own);
    inner.extend(call.calls.iter().map(|call| frame(call, names)));
    Frame {
        label: format!("{to} {kind} {method}"),
        milligas: call.gas.milligas(),
        colour: if call.succeeded() {
            "#f4a259"
        } else {
            "#e05252"
        },
        inner,
    }
}

fn causes(causes: &BTreeMap<String, Spent>) -> Vec<Frame> {
    let causes = causes.iter().filter(|(_, spent)| !spent.gas.is_zero());
    causes
        .map(|(name, spent)| Frame {
            label: format!("{name} x{}", spent.charges),
            milligas: spent.gas.milligas(),
            colour: "#8cb8d4",
            inner: Vec::new(),
        })
        .collect()
}

fn depth(frame: &Frame) -> u64 {
    1 + frame.inner.iter().map(depth).max().unwrap_or_default()
}

fn draw(frame: &Frame, left: u64, width: u64, row: u64, whole: u64, svg: &mut String) {
    if width < WIDTH_MIN {
        return;
    }
    let Frame {
        label,
        milligas,
        colour,
        inner,
    } = frame;
    let label = escape(label);
    let thousandths = u128::from(*milligas) * 1000 / u128::from(whole);
    let top = (row - 1) * ROW;
    // Writing to a string can't fail.
    let _ = writeln!(
        svg,
        "<g><title>{label}: {} gas, {}.{}%</title><rect x=\"{}\" y=\"{top}\" width=\"{}\" \
         height=\"{}\" fill=\"{colour}\"/>",
        group(milligas.div_ceil(1000)),
        thousandths / 10,
        thousandths % 10,
        pixels(left),
        pixels(width),
        ROW - 1
    );
    let letters = usize::try_from(width / LETTER).unwrap_or(usize::MAX);
    if letters > 2 {
        let shown: String = frame.label.chars().take(letters).collect();
        let baseline = top + ROW - 5;
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{baseline}\">{}</text>",
            pixels(left + PIXEL * 2),
            escape(&shown)
        );
    }
    svg.push_str("</g>\n");
    let mut at = left;
    for frame in inner {
        let part = u128::from(width) * u128::from(frame.milligas) / u128::from((*milligas).max(1));
        let part = u64::try_from(part).unwrap_or(width);
        draw(frame, at, part, row - 1, whole, svg);
        at += part;
    }
}

fn pixels(length: u64) -> String {
    format!("{}.{:02}", length / PIXEL, length % PIXEL)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use atoll_vm::gas::Gas;

    use super::*;

    #[test]
    fn boxes_are_as_wide_as_what_they_cost() {
        let spent = |gas| Spent {
            charges: 1,
            gas: Gas::new(gas),
        };
        let story = Story {
            outside: [
                ("OnChainMessage".to_owned(), spent(300)),
                ("<b>".to_owned(), spent(100)),
            ]
            .into(),
            ..Story::default()
        };
        let drawn = svg(&story, &Names::default(), "a message");
        assert!(drawn.contains("width=\"1200.00\""), "{drawn}");
        assert!(
            drawn.contains("OnChainMessage x1: 300 gas, 75.0%"),
            "{drawn}"
        );
        assert!(
            drawn.contains("x=\"300.00\" y=\"0\" width=\"900.00\""),
            "{drawn}"
        );
        assert!(drawn.contains("&lt;b&gt;"), "{drawn}");
    }
}
