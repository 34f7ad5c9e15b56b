//! What a person wrote, made fit for a line.

use folio_core::Notification;

/// What is put in the place of a character that could move a cursor, hide text or turn its direction.
const BLOT: char = '\u{fffd}';

/// Whether a character does something other than be seen: control characters, separators of lines, and
/// those that turn the direction of what follows.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The text on one line.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => line.push(' '),
            c if acts(c) => line.push(BLOT),
            c => line.push(c),
        }
    }
    line
}

/// The title of a notification on one line, its kind where it has none.
pub(crate) fn title(notification: &Notification) -> String {
    let title = one_line(&notification.title);
    if title.is_empty() {
        notification.kind.to_string()
    } else {
        title
    }
}

/// The lines of the text, nothing in them ending a line.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = String> {
    text.trim_end().split('\n').map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        line.chars()
            .map(|c| match c {
                '\t' => ' ',
                c if acts(c) => BLOT,
                c => c,
            })
            .collect()
    })
}

/// The beginning of a text, at most so many bytes, ended by an ellipsis where something is left out.
pub(crate) fn cut(text: &str, most: usize) -> String {
    const ELLIPSIS: &str = "…";

    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most.saturating_sub(ELLIPSIS.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ELLIPSIS}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_and_sends_nothing_to_the_terminal() {
        let check = |text: &str, expected: &str| assert_eq!(one_line(text), expected, "{text:?}");
        check(" Core \n", "Core");
        check("a\nb\r\nc\u{2028}d\te", "a b  c d e");
        check("\u{1b}[31mred\u{7}\u{9b}2J", "\u{fffd}[31mred\u{fffd}\u{fffd}2J");
        check("a\u{202e}b\u{2066}c\u{200f}", "a\u{fffd}b\u{fffd}c\u{fffd}");
        check("Größe 数 🎉", "Größe 数 🎉");
    }

    #[test]
    fn lines_end_where_the_text_ends_them() {
        let lines: Vec<String> = lines("one\r\ntwo\u{85}\u{b}\u{2029}x\n\n\u{1b}[2K three\n").collect();
        assert_eq!(lines, ["one", "two\u{fffd}\u{fffd}\u{fffd}x", "", "\u{fffd}[2K three"]);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "…");
        assert_eq!(cut("ééééé", 8), "éé…");
        assert!(cut(&"数".repeat(100), 50).len() <= 50);
    }
}
