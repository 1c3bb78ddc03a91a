//! Light that changes everywhere alike: a lamp, a cloud, a camera that sets its exposure. It says nothing about what is there,
//! so it is taken out of a clip before anybody is asked to predict it.

use super::calibrate::median;

/// Values of a channel that tell of the light: darker ones are noise, brighter ones may be cut off.
const TELLING: std::ops::RangeInclusive<u8> = 32..=239;
/// Light changes by at most such a factor; beyond it, it's an event.
const MOST: f32 = 2.0;
/// A smaller change is as good as none.
const LEAST: f32 = 0.004;
/// The change of a pixel is that of the light if it is no further from it than this share...
const ALIKE: f32 = 0.1;
/// ...and if so many of the pixels that tell agree, it was the light. Otherwise something moved.
const AGREE: f32 = 0.6;
/// From here on a value may have been cut off, and tells no more than that there was at least so much light.
const CUT: u8 = 250;
/// Pixels that are asked, evenly spread: more of them know no better.
const ASKED: usize = 4096;

/// The light that all windows of a source are shown in: that of the first frame of the first one. Otherwise each place would
/// have to be found usual anew in every light.
#[derive(Debug, Clone, Default)]
pub struct Light {
    /// The first frame of the window before, in this light.
    known: Vec<u8>,
}

impl Light {
    /// Bring every frame of the next window `[frames, pixels, 4]`, RGBA, into this light, each channel by its own factor: lamps
    /// have colours and cameras balance them. Where pixels do not agree on a factor, a frame stays as it is.
    pub fn steady(&mut self, clip: &mut [u8], frames: usize) {
        if frames == 0 || clip.is_empty() || !clip.len().is_multiple_of(frames) {
            return;
        }
        let (first, rest) = clip.split_at_mut(clip.len() / frames);
        if self.known.len() == first.len() {
            relight(&self.known, first);
        }
        rest.chunks_exact_mut(first.len()).for_each(|frame| relight(first, frame));
        self.known = first.to_vec();
    }
}

/// Bring `frame` into the light of `known`.
fn relight(known: &[u8], frame: &mut [u8]) {
    for channel in 0..3 {
        let Some(gain) = gain(known, frame, channel) else { continue };
        for (before, after) in known.iter().zip(frame.iter_mut()).skip(channel).step_by(4) {
            let lit = (f32::from(*after) / gain).round() as u8;
            *after = if *after >= CUT { lit.max(*before) } else { lit };
        }
    }
}

/// How much brighter a channel of `frame` is than that of `known`; none if that is no matter or not a matter of light.
fn gain<'a>(known: &'a [u8], frame: &'a [u8], channel: usize) -> Option<f32> {
    let stride = (known.len() / 4 / ASKED).max(1) * 4;
    let of = |picture: &'a [u8]| picture.iter().skip(channel).step_by(stride).copied();
    let telling =
        of(known).zip(of(frame)).filter(|(before, after)| TELLING.contains(before) && TELLING.contains(after));
    let gains: Vec<f32> = telling.map(|(before, after)| f32::from(after) / f32::from(before)).collect();
    if gains.is_empty() {
        return None;
    }
    let gain = median(gains.clone());
    let agree = gains.iter().filter(|&&other| (other / gain - 1.0).abs() < ALIKE).count();
    let counts = (gain - 1.0).abs() > LEAST && (1.0 / MOST..=MOST).contains(&gain);
    (counts && agree as f32 >= AGREE * gains.len() as f32).then_some(gain)
}
