//! Several runs of one job.

use crate::text::Text;
use crate::yaml::{Entries, Yaml};

/// How many runs GitHub makes of one job at most.
pub(crate) const MOST: usize = 256;

/// Several runs of one job, each with other values; a run reads its own with
/// [`Expression::matrix`](crate::Expression::matrix).
///
/// GitHub makes 256 runs of a job at most.
///
/// ```
/// use mmcdk_github::Matrix;
///
/// // Six runs.
/// Matrix::new().axis("os", ["ubuntu-24.04", "macos-15"]).axis("rust", ["stable", "beta", "1.89"]);
/// // Two runs, of which one has a target.
/// Matrix::new().row([("name", "host")]).row([("name", "arm"), ("target", "aarch64-unknown-linux-gnu")]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    axes: Vec<(String, Vec<Text>)>,
    rows: Vec<Vec<(String, Text)>>,
    at_once: Option<u32>,
    fail_fast: bool,
}

impl Matrix {
    /// A matrix without runs. Where one of its runs fails, the others go on.
    pub fn new() -> Self {
        Self::default()
    }

    /// A key and its values; every value is combined with all values of other axes.
    #[must_use]
    pub fn axis<T: Into<Text>>(mut self, key: &str, values: impl IntoIterator<Item = T>) -> Self {
        self.axes.push((key.to_owned(), values.into_iter().map(Into::into).collect()));
        self
    }

    /// One more run with these values (`include`).
    #[must_use]
    pub fn row<K: Into<String>, T: Into<Text>>(mut self, values: impl IntoIterator<Item = (K, T)>) -> Self {
        self.rows.push(values.into_iter().map(|(key, value)| (key.into(), value.into())).collect());
        self
    }

    /// How many of the runs go at once; as many as there are runners where nothing is said.
    #[must_use]
    pub fn at_once(mut self, runs: u32) -> Self {
        self.at_once = Some(runs);
        self
    }

    /// Cancels the other runs as soon as one fails.
    #[must_use]
    pub fn fail_fast(mut self) -> Self {
        self.fail_fast = true;
        self
    }

    /// How many runs it can be at most: a row may also belong to a combination of the axes.
    pub(crate) fn runs(&self) -> usize {
        let combinations = match self.axes.is_empty() {
            true => 0,
            false => self.axes.iter().fold(1, |runs: usize, (_, values)| runs.saturating_mul(values.len())),
        };
        combinations.saturating_add(self.rows.len())
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let rows = self.rows.iter().flatten().map(|(key, _)| key.as_str());
        self.axes.iter().map(|(key, _)| key.as_str()).chain(rows)
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = &Text> {
        let rows = self.rows.iter().flatten().map(|(_, text)| text);
        self.axes.iter().flat_map(|(_, values)| values).chain(rows)
    }

    pub(crate) fn problems(&self) -> Vec<(String, String)> {
        let mut problems = Vec::new();
        match self.runs() {
            0 => problems.push(("the matrix has no runs".into(), "give it an axis or a row".into())),
            runs if runs > MOST => problems.push((
                format!("the matrix has {runs} runs"),
                format!("GitHub makes {MOST} runs of a job; share them out among several jobs"),
            )),
            _ => {}
        }
        if self.at_once == Some(0) {
            problems.push(("the matrix lets 0 runs go at once".into(), "let one go or more".into()));
        }
        for (index, (key, _)) in self.axes.iter().enumerate() {
            if self.axes[..index].iter().any(|(known, _)| known == key) {
                problems.push((format!("the axis {key:?} is there twice"), "choose another key".into()));
            }
        }
        for row in &self.rows {
            if let Some((key, _)) = row
                .iter()
                .enumerate()
                .find(|(index, (key, _))| row[..*index].iter().any(|(known, _)| known == key))
                .map(|(_, entry)| entry)
            {
                problems.push((format!("a row has {key:?} twice"), "give it one value".into()));
            }
        }
        problems
    }

    pub(crate) fn yaml(&self) -> Yaml {
        let Self { axes, rows, at_once, fail_fast } = self;
        let text = |text: &Text| Yaml::Text(text.to_string());
        let mut matrix: Entries = axes
            .iter()
            .map(|(key, values)| (key.clone(), Yaml::Line(values.iter().map(Text::to_string).collect())))
            .collect();
        if !rows.is_empty() {
            let row = |row: &Vec<(String, Text)>| {
                Yaml::Map(row.iter().map(|(key, value)| (key.clone(), text(value))).collect())
            };
            matrix.push(("include".into(), Yaml::List(rows.iter().map(row).collect())));
        }
        let mut strategy = vec![("fail-fast".into(), Yaml::Bool(*fail_fast))];
        strategy.extend(at_once.map(|runs| ("max-parallel".into(), Yaml::Number(runs))));
        strategy.push(("matrix".into(), Yaml::Map(matrix)));
        Yaml::Map(strategy)
    }
}
