//! Both classifiers, fitted to the examples as they are.

use super::{Answer, Class, Examples, FewshotError, Guess, Knn, Neighbour, Report, Ridge, Score, halves};

/// Examples that are shown beside an answer.
const SHOWN: usize = 5;

/// Fitted in closed form: thousands of examples take about a second, a few dozen some milliseconds.
#[derive(Debug, Clone)]
pub struct Classifier {
    ridge: Ridge,
    knn: Knn,
    /// Id and class of each example.
    examples: Vec<(u32, u32)>,
    report: Report,
}

impl Classifier {
    /// # Errors
    /// [`FewshotError::Untaught`] without examples of two classes.
    pub fn fit(examples: &Examples) -> Result<Self, FewshotError> {
        let rows = examples.rows();
        let counts = rows.counts();
        if counts.iter().filter(|&&count| count > 0).count() < 2 {
            return Err(FewshotError::Untaught);
        }
        let ((ridge, by_ridge), (knn, by_knn)) = (Ridge::fit(&rows), Knn::fit(&rows));
        let report = Report {
            classes: examples.classes().to_vec(),
            counts,
            ridge: Score::new(&by_ridge, &rows),
            knn: Score::new(&by_knn, &rows),
        };
        let examples = examples.all().iter().map(|example| (example.id, example.class)).collect();
        Ok(Self { ridge, knn, examples, report })
    }

    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Of pooled features `[d]`; `drift` is passed on.
    ///
    /// # Errors
    /// [`FewshotError::NotFinite`].
    pub fn answer(&self, features: &[f32], drift: f32) -> Result<Answer, FewshotError> {
        halves(features)?; // what could be no example is not like one either
        let nearest = self.knn.nearest(features, SHOWN).into_iter();
        Ok(Answer {
            ridge: self.ranked(&self.ridge.shares(features)),
            knn: self.ranked(&self.knn.shares(features)),
            nearest: nearest
                .map(|(i, similarity)| Neighbour { example: self.examples[i].0, class: self.examples[i].1, similarity })
                .collect(),
            drift,
        })
    }

    /// Classes without examples are none of the answers.
    fn ranked(&self, shares: &[f32]) -> Vec<Guess> {
        let guess = |(class, &share): (&Class, &f32)| Guess { class: class.id, name: class.name.clone(), share };
        let taught = self.report.classes.iter().zip(shares).zip(&self.report.counts).filter(|(_, count)| **count > 0);
        let mut guesses: Vec<Guess> = taught.map(|(pair, _)| guess(pair)).collect();
        guesses.sort_by(|a, b| b.share.total_cmp(&a.share));
        guesses
    }
}
