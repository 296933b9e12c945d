//! The work for a text grows no faster than the text, whatever its shape: counted, not timed.

use crate::context::Context;
use crate::detect::detect;
use crate::text::Encoding;
use crate::work;

/// A UUID that is not known for a placeholder.
fn uuid(number: usize) -> String {
    let bits = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (high, low) = (bits >> 32, bits & 0xffff_ffff);
    format!(
        "{high:08x}-{:04x}-4{:03x}-9{:03x}-{low:08x}{:04x}",
        low >> 16,
        low & 0xfff,
        high & 0xfff,
        high >> 16
    )
}

/// How much work the candidates of a text are, and how many there are.
fn work(path: &str, text: &str) -> (usize, usize) {
    work::done();
    let candidates = detect(text.as_bytes(), Encoding::Utf8, path, true);
    let context = Context::new(path, text.as_bytes());
    for candidate in &candidates {
        context.judge(&candidate.span);
    }
    (work::done(), candidates.len())
}

#[test]
fn work_is_linear() {
    type Shape = (&'static str, &'static str, fn(usize) -> String, &'static str, &'static str);
    let shapes: &[Shape] = &[
        ("flat.yml", "", |n| format!("heroku_api_key: {}", uuid(n)), "\n", "\n"),
        ("keys.yml", "heroku:\n", |n| format!("  key_{n}: {}", uuid(n)), "\n", "\n"),
        ("apps.yml", "", |n| format!("heroku_key_{n}: {}\napp_{n}: shop-staging", uuid(n)), "\n", "\n"),
        (
            ".gitlab-ci.yml",
            "variables:\n",
            |n| format!("  HEROKU_KEY_{n}: {}", uuid(n)),
            "\n",
            "\na:\n  script: x\n",
        ),
        ("list.json", "{\"heroku\":[", |n| format!("\"{}\"", uuid(n)), ",", "]}"),
        ("ids.json", "{\"heroku\":true,\"ids\":[", |n| format!("\"{}\"", uuid(n)), ",", "]}"),
        ("spaced.json", "{\"heroku\":true,\"ids\":[", |n| format!("\"{}\"", uuid(n)), " ", "]}"),
        (
            "objects.json",
            "{\"heroku\":[",
            |n| format!("{{\"id\":{n},\"api_key\":\"{}\"}}", uuid(n)),
            ",",
            "]}",
        ),
        ("members.json", "{", |n| format!("\"heroku_api_key_{n}\":\"{}\"", uuid(n)), ",", "}"),
        ("a.env", "HEROKU=1 ", |n| format!("TOKEN_{n}={}", uuid(n)), " ", "\n"),
        ("a.py", "import heroku3\n", |n| format!("token = '{}'", uuid(n)), "\n", "\n"),
        ("a.js", "const heroku = make(", |n| format!("'{}'", uuid(n)), ",", ")\n"),
        ("min.js", "var heroku={};", |n| format!("e.k{n}={{token:'{}'}}", uuid(n)), ";", "\n"),
        ("a.csv", "heroku,", uuid, ",", "\n"),
        ("a.xml", "<a ", |n| format!("heroku_key_{n}=\"{}\"", uuid(n)), " ", "/>"),
        ("a.sh", "", |n| format!("TOKEN={} heroku ps -a shop-{n}-staging", uuid(n)), "; ", "\n"),
        ("a.md", "| Heroku API key |\n", |n| format!("| {} |", uuid(n)), "\n", "\n"),
    ];
    let mut over = Vec::new();
    for (path, start, write, between, end) in shapes {
        let text = |count: usize| {
            let parts: Vec<String> = (0..count).map(write).collect();
            format!("{start}{}{end}", parts.join(between))
        };
        // From some size on, what is looked at around a candidate is as much as it ever gets: then so many more
        // candidates are so much more work, and where it is quadratic a quarter more than that.
        let [(small, _), (middle, _), (large, found)] =
            [2200, 2800, 3400].map(|count| work(path, &text(count)));
        assert!(found >= 3400, "{path}: {found}");
        let (first, second) = (middle.saturating_sub(small), large.saturating_sub(middle));
        if second * 10 > first * 11 {
            over.push(format!("{path}: {small}, {middle}, {large}"));
        }
    }
    assert!(over.is_empty(), "{}", over.join("\n"));
}
