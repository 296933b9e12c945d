//! Which part a run reads: as it was typed, or as a batch scheduler says in the environment.

use crate::error::UsageError;
use crate::mask::mask_quote;
use crate::org::Shard;
use crate::source;

/// What a scheduler says: a variable, and the part by it.
type Said = (&'static str, Shard);

/// Reads `K/N`, `auto` or `auto/N`.
pub(super) fn parse(text: &str) -> Result<Shard, UsageError> {
    let wrong = || {
        UsageError::new(format!("`--shard` takes a part such as 3/8, or `auto`, and not `{}`", mask_quote(text)))
            .hint("the first of eight parts is 1/8, the last one 8/8; `auto/8` reads the number from a batch scheduler")
    };
    let (part, count) = text.split_once('/').map_or((text, None), |(part, count)| (part, Some(count)));
    let count = count.map(|it| it.parse::<u32>().ok().filter(|it| *it > 0).ok_or_else(wrong)).transpose()?;
    if part == "auto" {
        return said(count, &source::variable);
    }
    let number = part.parse().map_err(|_| wrong())?;
    let count = count.ok_or_else(wrong)?;
    if !(1..=count).contains(&number) {
        return Err(wrong());
    }
    Ok(Shard { number, count })
}

/// The part that the environment names.
fn said(count: Option<u32>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Shard, UsageError> {
    let environment = Environment { count, variable };
    let others = [environment.gitlab()?, environment.slurm()?, environment.aws()?];
    let told = others.iter().flatten().next().map(|(_, it)| it.count);
    let mut all = std::iter::once(environment.kubernetes(told)?).chain(others).flatten();
    let Some((name, shard)) = all.next() else {
        return Err(UsageError::new("`--shard auto` finds no batch scheduler that says which part this is").hint(
            "`JOB_COMPLETION_INDEX`, `CI_NODE_INDEX`, `SLURM_ARRAY_TASK_ID` or `AWS_BATCH_JOB_ARRAY_INDEX` would; `--shard K/N` says it by itself",
        ));
    };
    match all.find(|(_, it)| *it != shard) {
        Some((other, _)) => {
            Err(UsageError::new(format!("`{name}` and `{other}` say that this is another part"))
                .hint("`--shard K/N` says which it is"))
        }
        None => Ok(shard),
    }
}

/// The variables, with how many parts there are if that was typed.
struct Environment<'a> {
    count: Option<u32>,
    variable: &'a dyn Fn(&str) -> Option<String>,
}

impl Environment<'_> {
    /// A number in a variable.
    fn number(&self, name: &str) -> Result<Option<u32>, UsageError> {
        let text = (self.variable)(name).filter(|text| !text.trim().is_empty());
        let number = |text: String| {
            let wrong = || UsageError::new(format!("the variable `{name}` is no number of a part"));
            text.trim().parse().map_err(|_| wrong())
        };
        text.map(number).transpose()
    }

    /// How many parts there are, as the variable of a name says, and what was typed.
    fn count(&self, name: Option<&str>) -> Result<u32, UsageError> {
        let said = name.map(|name| self.number(name)).transpose()?.flatten();
        match (said, self.count) {
            (Some(said), Some(typed)) if said != typed => Err(UsageError::new(format!(
                "`--shard auto/{typed}` and the variable `{}`, which is {said}, contradict each other",
                name.unwrap_or_default()
            ))
            .hint("`--shard auto` takes what the variable says")),
            (Some(count), _) | (None, Some(count)) => Ok(count),
            (None, None) => Err(UsageError::new("nothing says how many parts there are")
                .hint("`--shard auto/8` says that there are eight")),
        }
    }

    /// The part with a number that counts from `first` on.
    fn part(name: &'static str, index: u32, first: u32, count: u32) -> Result<Option<Said>, UsageError> {
        match index.checked_sub(first).filter(|it| *it < count) {
            Some(at) => Ok(Some((name, Shard { number: at + 1, count }))),
            None => {
                Err(UsageError::new(format!("the variable `{name}` is {index}, and there are {count} parts"))
                    .hint(format!(
                        "the parts have the numbers {first} to {}",
                        first.saturating_add(count) - 1
                    )))
            }
        }
    }

    /// A Job whose completion mode is Indexed. How many completions it has, it does not say: another scheduler may have.
    fn kubernetes(&self, told: Option<u32>) -> Result<Option<Said>, UsageError> {
        const INDEX: &str = "JOB_COMPLETION_INDEX";
        let Some(index) = self.number(INDEX)? else { return Ok(None) };
        Self::part(INDEX, index, 0, told.map_or_else(|| self.count(None), Ok)?)
    }

    /// A job with `parallel`.
    fn gitlab(&self) -> Result<Option<Said>, UsageError> {
        const INDEX: &str = "CI_NODE_INDEX";
        let Some(index) = self.number(INDEX)? else { return Ok(None) };
        Self::part(INDEX, index, 1, self.count(Some("CI_NODE_TOTAL"))?)
    }

    /// A job array, whose numbers start anywhere, and may have steps.
    fn slurm(&self) -> Result<Option<Said>, UsageError> {
        const INDEX: &str = "SLURM_ARRAY_TASK_ID";
        let Some(index) = self.number(INDEX)? else { return Ok(None) };
        let first = self.number("SLURM_ARRAY_TASK_MIN")?.ok_or_else(|| {
            UsageError::new(format!("`{INDEX}` is set without `SLURM_ARRAY_TASK_MIN`"))
                .hint("`--shard K/N` says which part it is")
        })?;
        let step = self.number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1).max(1);
        let count = self.count(Some("SLURM_ARRAY_TASK_COUNT"))?;
        let at = index.checked_sub(first).filter(|it| it.is_multiple_of(step)).map(|it| it / step);
        match at.filter(|it| *it < count) {
            Some(at) => Ok(Some((INDEX, Shard { number: at + 1, count }))),
            None => Err(UsageError::new(format!(
                "the variable `{INDEX}` is {index}, and no number of a part"
            ))
            .hint("the numbers of an array have to be a range, such as `--array=1-8` or `--array=0-14:2`")),
        }
    }

    /// An array job.
    fn aws(&self) -> Result<Option<Said>, UsageError> {
        const INDEX: &str = "AWS_BATCH_JOB_ARRAY_INDEX";
        let Some(index) = self.number(INDEX)? else { return Ok(None) };
        Self::part(INDEX, index, 0, self.count(Some("AWS_BATCH_JOB_ARRAY_SIZE"))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(count: Option<u32>, variables: &[(&str, &str)]) -> Result<(u32, u32), String> {
        let variable =
            |name: &str| variables.iter().find(|it| it.0 == name).map(|(_, value)| (*value).to_owned());
        let shard = said(count, &variable);
        shard.map(|it| (it.number, it.count)).map_err(|error| error.message)
    }

    #[test]
    fn parts_are_typed_from_one_on() {
        for (text, number, count) in [("1/1", 1, 1), ("3/8", 3, 8), ("8/8", 8, 8)] {
            assert_eq!(parse(text).unwrap(), Shard { number, count });
        }
        for text in ["", "3", "0/8", "9/8", "1/0", "auto/0", "auto/x", "-1/8", "1/8/9", "Auto"] {
            assert!(parse(text).unwrap_err().message.contains("takes a part"), "{text}");
        }
    }

    #[test]
    fn schedulers_say_which_part_it_is() {
        let slurm = |id, min, count, step| {
            [
                ("SLURM_ARRAY_TASK_ID", id),
                ("SLURM_ARRAY_TASK_MIN", min),
                ("SLURM_ARRAY_TASK_COUNT", count),
                ("SLURM_ARRAY_TASK_STEP", step),
            ]
        };
        assert_eq!(auto(Some(8), &[("JOB_COMPLETION_INDEX", "0")]), Ok((1, 8)));
        assert_eq!(auto(None, &[("CI_NODE_INDEX", "8"), ("CI_NODE_TOTAL", "8")]), Ok((8, 8)));
        assert_eq!(auto(Some(8), &[("CI_NODE_INDEX", "8"), ("CI_NODE_TOTAL", "8")]), Ok((8, 8)));
        assert_eq!(auto(None, &slurm("1", "1", "8", "1")), Ok((1, 8)));
        assert_eq!(auto(None, &slurm("14", "0", "8", "2")), Ok((8, 8)));
        let aws = [("AWS_BATCH_JOB_ARRAY_INDEX", "7"), ("AWS_BATCH_JOB_ARRAY_SIZE", "8")];
        assert_eq!(auto(None, &aws), Ok((8, 8)));
        // GitLab says so in every job.
        assert_eq!(auto(None, &[("CI_NODE_TOTAL", "1"), aws[0], aws[1]]), Ok((8, 8)));
        // How many there are, it is enough that one says.
        let gitlab = [("CI_NODE_INDEX", "3"), ("CI_NODE_TOTAL", "3")];
        assert_eq!(auto(None, &[("JOB_COMPLETION_INDEX", "2"), gitlab[0], gitlab[1]]), Ok((3, 3)));
        // A cluster's job that runs in a pod, and means the same.
        assert_eq!(auto(Some(8), &[("JOB_COMPLETION_INDEX", "7"), aws[0], aws[1]]), Ok((8, 8)));
    }

    #[test]
    fn what_says_nothing_or_contradicts_is_told() {
        let aws = [("AWS_BATCH_JOB_ARRAY_INDEX", "7"), ("AWS_BATCH_JOB_ARRAY_SIZE", "8")];
        for (count, variables, words) in [
            (None, &[][..], "finds no batch scheduler"),
            (Some(8), &[("JOB_COMPLETION_INDEX", " ")][..], "finds no batch scheduler"),
            (None, &[("JOB_COMPLETION_INDEX", "0")], "nothing says how many parts"),
            (
                None,
                &[("JOB_COMPLETION_INDEX", "2"), ("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "3")],
                "`JOB_COMPLETION_INDEX` and `CI_NODE_INDEX` say that this is another part",
            ),
            (
                None,
                &[("JOB_COMPLETION_INDEX", "3"), ("CI_NODE_INDEX", "3"), ("CI_NODE_TOTAL", "3")],
                "is 3, and there are 3 parts",
            ),
            (Some(8), &[("JOB_COMPLETION_INDEX", "8")], "is 8, and there are 8 parts"),
            (Some(8), &[("JOB_COMPLETION_INDEX", "one")], "is no number"),
            (None, &[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "8")], "is 0, and there are 8 parts"),
            (Some(4), &[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "8")], "contradict each other"),
            (Some(8), &[("JOB_COMPLETION_INDEX", "0"), aws[0], aws[1]], "say that this is another part"),
            (
                None,
                &[
                    ("SLURM_ARRAY_TASK_ID", "9"),
                    ("SLURM_ARRAY_TASK_MIN", "1"),
                    ("SLURM_ARRAY_TASK_COUNT", "3"),
                ],
                "no number of a part",
            ),
        ] {
            let said = auto(count, variables).unwrap_err();
            assert!(said.contains(words), "{variables:?}: {said}");
        }
    }
}
