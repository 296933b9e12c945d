//! `hrkulint man`.

use std::io;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::Roff;

use crate::cli::Cli;

/// The manual page: the program's, with a part for each subcommand.
pub(super) fn page() -> io::Result<Vec<u8>> {
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    let main = Man::new(command.clone());
    main.render_title(&mut page)?;
    main.render_name_section(&mut page)?;
    main.render_synopsis_section(&mut page)?;
    main.render_description_section(&mut page)?;
    main.render_subcommands_section(&mut page)?;
    parts(&command, "HRKULINT", &mut page)?;
    main.render_version_section(&mut page)?;
    Ok(page)
}

/// A part for each subcommand, and for those of a subcommand.
fn parts(command: &Command, name: &str, page: &mut Vec<u8>) -> io::Result<()> {
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        let heading = format!("{name} {}", subcommand.get_name().to_uppercase());
        if subcommand.has_subcommands() {
            parts(subcommand, &heading, page)?;
            continue;
        }
        Roff::new().control("SH", [heading.as_str()]).to_writer(page)?;
        let mut text = Vec::new();
        let part = Man::new(subcommand.clone());
        part.render_synopsis_section(&mut text)?;
        part.render_description_section(&mut text)?;
        part.render_options_section(&mut text)?;
        if subcommand.get_after_help().is_some() {
            part.render_extra_section(&mut text)?;
        }
        // Its sections are subsections here.
        let text = String::from_utf8_lossy(&text).replace(".SH EXTRA", ".SH \"EXIT STATUS\"");
        page.extend(text.replace(".SH ", ".SS ").into_bytes());
    }
    Ok(())
}
