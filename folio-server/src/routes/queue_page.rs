//! The page of what is under way. Whatever comes from outside is escaped.

use std::fmt::{self, Display, Write};

use crate::dto::{OpenTickDto, QueueDto};

const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>folio: queue</title>
<style>
  :root { color-scheme: light dark; --ink: #1c1d20; --quiet: #62656d; --ground: #fbfbf9; --line: #e6e5e0; --bad: #b3261e; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #ecebe6; --quiet: #9c9fa6; --ground: #131416; --line: #2b2e33; --bad: #f2b8b5; }
  }
  body { margin: 0 auto; max-width: 64rem; padding: 2rem 1.5rem 4rem; background: var(--ground); color: var(--ink); font: 16px/1.5 ui-sans-serif, system-ui, sans-serif; }
  h1 { font-size: 1.6rem; margin: 0; }
  h2 { font-size: 1rem; margin: 2rem 0 .3rem; }
  p, td { overflow-wrap: anywhere; }
  p.quiet, td.quiet { color: var(--quiet); }
  .bad { color: var(--bad); }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; }
  th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
  th { font-weight: 600; color: var(--quiet); }
  progress { width: 8rem; }
</style>
</head>
<body>
"#;
const TAIL: &str = "</body>\n</html>\n";

/// A text whose signs mean nothing to a browser.
struct Escaped<T>(T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string().chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// A table under a heading, or a line that says that there is nothing.
fn table(html: &mut String, heading: &str, columns: &[&str], rows: &[Vec<String>], none: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(html, "<h2>{}</h2>", Escaped(heading));
    if rows.is_empty() {
        let _ = writeln!(html, "<p class=\"quiet\">{}</p>", Escaped(none));
        return;
    }
    html.push_str("<table><tr>");
    for column in columns {
        let _ = write!(html, "<th scope=\"col\">{}</th>", Escaped(column));
    }
    html.push_str("</tr>\n");
    for row in rows {
        html.push_str("<tr>");
        for cell in row {
            let _ = write!(html, "<td>{}</td>", Escaped(cell));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</table>\n");
}

fn or_dash<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

/// The page.
pub(super) fn of(queue: &QueueDto) -> String {
    let mut html = String::from(HEAD);
    let _ = writeln!(html, "<h1>Queue</h1>\n<p class=\"quiet\">as of {}</p>", queue.at);
    let _ = match (&queue.waiting, &queue.queue_error) {
        (Some(waiting), _) => writeln!(html, "<p>{waiting} deliveries wait for a worker.</p>"),
        (None, error) => writeln!(
            html,
            "<p class=\"bad\">The queue does not answer: {}. Nothing is lost; what is due is pushed when it does.</p>",
            Escaped(error.as_deref().unwrap_or_default())
        ),
    };
    let rows: Vec<_> = queue
        .processes
        .iter()
        .map(|process| {
            let pid = process.pid.to_string();
            let times = [process.started_at.to_string(), process.seen_at.to_string()];
            [vec![process.role.clone(), process.version.clone(), pid], times.to_vec()].concat()
        })
        .collect();
    let columns = ["role", "version", "process", "started", "seen"];
    table(
        &mut html,
        "Processes",
        &columns,
        &rows,
        "No process has said that it runs.",
    );
    ticks(&mut html, &queue.ticks);
    let rows: Vec<_> = queue
        .jobs
        .iter()
        .map(|job| {
            let progress = job
                .progress
                .map(|progress| format!("{} of {}", progress.done, progress.total));
            vec![
                job.id.to_string(),
                job.kind.to_owned(),
                job.state.to_owned(),
                job.attempts.to_string(),
                or_dash(progress),
                job.created_at.to_string(),
                or_dash(job.error.as_ref().map(|error| &error.detail)),
            ]
        })
        .collect();
    let columns = ["job", "type", "state", "starts", "progress", "asked", "last error"];
    table(&mut html, "Jobs", &columns, &rows, "No job is open.");
    let rows: Vec<_> = queue
        .deliveries
        .iter()
        .map(|delivery| {
            vec![
                delivery.notification_id.to_string(),
                delivery.owner.to_string(),
                delivery.channel.clone(),
                delivery.state.to_owned(),
                delivery.attempts.to_string(),
                or_dash(delivery.next_attempt_at),
                or_dash(delivery.last_error.as_ref()),
            ]
        })
        .collect();
    let columns = [
        "notification",
        "owner",
        "channel",
        "state",
        "tries",
        "next",
        "last error",
    ];
    table(&mut html, "Notifications", &columns, &rows, "Everything is delivered.");
    if queue.more {
        html.push_str("<p class=\"quiet\">There is more than is listed.</p>\n");
    }
    let rows: Vec<_> = queue
        .given_up
        .iter()
        .map(|part| {
            let what = part.portfolio_id.map_or_else(
                || format!("chunk {}", part.chunk),
                |portfolio| format!("portfolio {portfolio}"),
            );
            vec![part.as_of.to_string(), what, part.at.to_string(), part.detail.clone()]
        })
        .collect();
    let columns = ["tick", "what", "given up", "why"];
    table(
        &mut html,
        "Given up in seven days",
        &columns,
        &rows,
        "Nothing was given up.",
    );
    let rows: Vec<_> = queue
        .missed
        .iter()
        .map(|missed| {
            vec![
                missed.job.to_owned(),
                missed.count.to_string(),
                missed.from.to_string(),
                missed.to.to_string(),
            ]
        })
        .collect();
    let columns = ["job", "how many", "from", "to"];
    table(
        &mut html,
        "Missed in seven days",
        &columns,
        &rows,
        "Nothing was missed.",
    );
    let rows: Vec<_> = queue
        .schedule
        .iter()
        .map(|entry| {
            vec![
                entry.job.to_owned(),
                entry.cron.clone(),
                or_dash(entry.next),
                or_dash(entry.last_tick),
            ]
        })
        .collect();
    table(
        &mut html,
        "Schedule (UTC)",
        &["job", "cron", "next", "last"],
        &rows,
        "Nothing is scheduled.",
    );
    html.push_str("<p class=\"quiet\">The same as JSON: <a href=\"?format=json\">?format=json</a></p>\n");
    html.push_str(TAIL);
    html
}

fn ticks(html: &mut String, ticks: &[OpenTickDto]) {
    let rows: Vec<_> = ticks
        .iter()
        .map(|tick| {
            let state = serde_json::to_value(tick.state).ok();
            let chunks = tick
                .chunks
                .map(|count| format!("{} of {count}", tick.chunks_done.unwrap_or_default()));
            vec![
                tick.as_of.to_string(),
                or_dash(state.as_ref().and_then(|state| state.as_str())),
                tick.triggers.join(", "),
                or_dash(chunks),
                or_dash(tick.last_error.as_ref()),
            ]
        })
        .collect();
    let columns = ["tick", "state", "because of", "chunks done", "last error"];
    table(html, "Open ticks", &columns, &rows, "Every tick is finished.");
    let rows: Vec<_> = ticks
        .iter()
        .flat_map(|tick| tick.under_way.iter().map(move |chunk| (tick, chunk)))
        .map(|(tick, chunk)| {
            vec![
                tick.as_of.to_string(),
                chunk.n.to_string(),
                chunk.state.to_owned(),
                chunk.attempt.to_string(),
                chunk.due_at.to_string(),
                chunk.skipped.to_string(),
                or_dash(chunk.last_error.as_ref()),
            ]
        })
        .collect();
    let columns = [
        "tick",
        "chunk",
        "state",
        "attempt",
        "looked at next",
        "skipped",
        "last error",
    ];
    table(html, "Chunks under way", &columns, &rows, "No chunk is under way.");
}

/// What somebody without a session is told.
pub(super) fn log_in() -> String {
    plain(
        "Log in first",
        "This page is for administrators. Open the link that <code>folio token link</code> prints on the server, \
         which logs this browser in, and come back. Programs send <code>Authorization: Bearer</code> and a token.",
    )
}

/// What somebody is told who is logged in and may not see the page.
pub(super) fn not_allowed() -> String {
    plain(
        "Not for this token",
        "This page takes a token with the scope <code>admin</code>.",
    )
}

fn plain(heading: &str, text: &str) -> String {
    format!("{HEAD}<h1>{heading}</h1>\n<p>{text}</p>\n{TAIL}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_outside_is_text() {
        let mut html = String::new();
        let row = vec!["<script>\"&'".to_owned()];
        table(&mut html, "<h>", &["a"], &[row], "none");
        assert!(
            html.contains("&lt;script&gt;&quot;&amp;&#39;") && !html.contains("<script"),
            "{html}"
        );
        assert!(html.contains("&lt;h&gt;"));
    }
}
