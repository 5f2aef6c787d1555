//! A folder with migrations, and what the command says when it is asked.

use std::path::Path;

use super::common::run;

pub fn write(folder: &Path, files: &[(&str, &str)]) {
    let migrations = folder.join("migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    for (name, text) in files {
        std::fs::write(migrations.join(name), text).unwrap();
    }
}

pub fn done(folder: &Path, line: &str) -> String {
    let told = run(folder, line);
    assert!(told.ends_with("--- exit code 0\n"), "{told}");
    told
}

pub fn refused(folder: &Path, line: &str, code: &str, exit: u8) -> String {
    let told = run(folder, line);
    let is_so =
        told.contains(&format!("code: {code} ")) && told.ends_with(&format!("--- exit code {exit}\n"));
    assert!(is_so, "{told}");
    told
}

/// What differs from run to run and means nothing.
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        for index in 0..words.len() {
            let bare = words[index].trim_matches(['(', ',']).to_owned();
            let is_time = bare.len() == 20 && bare.starts_with("20") && bare.ends_with('Z');
            let is_count = index + 1 < words.len() && words[index + 1].trim_end_matches(',') == "ms";
            if is_time {
                words[index] = words[index].replace(&bare, "[time]");
            } else if is_count {
                "[n]".clone_into(&mut words[index]);
            }
        }
        out.push_str(words.join(" ").trim_end());
        out.push('\n');
    }
    out
}
