//! Surprise at clips that are given, as the lab asks about them.

use super::{learner, nano};
use pollster::block_on;
use vjepa_web::{
    Error,
    exam::{Exam, surprises},
    surprise::peak,
    world::{Pair, Violation, WorldSpec},
};

#[test]
fn the_lab_s_curve_is_what_the_exam_measures() {
    let session = nano(3);
    let (frames, size) = (16, 32);
    let pair = Pair::new(&WorldSpec::standard(), Violation::Vanish, frames, 1).unwrap();
    let clips = [pair.possible(), pair.impossible()].map(|mut course| course.clip(frames, size));
    let curves = block_on(session.surprise_of(&clips.concat(), 2)).unwrap();
    let questions = Exam::new(session.config(), WorldSpec::standard(), 1).questions();
    let model = session.eval_model().unwrap();
    let exam = block_on(surprises(&model, &clips, questions, session.device())).unwrap();
    for (curve, surprise) in curves.iter().zip(&exam) {
        assert_eq!((curve.first, curve.peak.len(), curve.heat.len()), (questions.past, 7, 7 * 16));
        let nearest = surprise.errors.iter().map(|window| &window[0]);
        for (i, errors) in nearest.enumerate() {
            assert!(errors.iter().zip(&curve.heat[16 * i..]).all(|(a, b)| (a - b).abs() < 1e-5), "window {i}");
            assert!((peak(errors) - curve.peak[i]).abs() < 1e-5, "window {i}");
        }
        assert!((curve.peak.iter().copied().fold(f32::MIN, f32::max) - surprise.peak()).abs() < 1e-5);
    }
}

#[test]
fn many_windows_are_asked_in_portions_with_the_answers_of_one() {
    let session = learner();
    let clip = |frames| {
        let pair = Pair::new(&WorldSpec::standard(), Violation::Vanish, 28, 5).unwrap();
        pair.possible().clip(frames, 48)
    };
    // 80 frames: from one pass.
    let [long, short] = [80, 28].map(|frames| block_on(session.surprise_of(&clip(frames), 1)).unwrap().remove(0));
    assert_eq!((long.peak.len(), short.peak.len()), (33, 7));
    assert!(long.peak.iter().zip(&short.peak).all(|(a, b)| (a - b).abs() < 1e-4), "{:?} {:?}", long.peak, short.peak);
}

#[test]
fn clips_that_cannot_be_asked_about_are_refused_in_words() {
    let session = nano(1);
    let frame = 32 * 32 * 4;
    let refused = |bytes: usize, count: usize| block_on(session.surprise_of(&vec![0; bytes], count)).unwrap_err();
    assert!(matches!(refused(3 * frame, 1), Error::ShortClip { held: 3, needed: 4 }));
    assert!(matches!(refused(0, 0), Error::ShortClip { held: 0, needed: 4 }));
    assert!(matches!(refused(8 * frame, 3), Error::Frame { .. }), "not equally long");
    assert!(matches!(refused(8 * frame + 1, 1), Error::Frame { .. }));
    assert!(matches!(refused(8 * frame, usize::MAX), Error::Frame { .. }));
    assert_eq!(block_on(session.surprise_of(&vec![0; 8 * frame], 2)).unwrap().len(), 2);
}
