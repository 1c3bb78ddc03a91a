//! Calibration and alarm alone, on errors that are made up.

use vjepa_web::{
    Error,
    rng::Rng,
    surprise::{Alarm, Calibration, Light, Monitor, THRESHOLD, WARM_UP, peak},
};

const PLACES: usize = 36;

/// Errors of a window: each place has its own level and its own unrest.
fn window(rng: &mut Rng) -> Vec<f32> {
    let place = |i: usize| (0.2 + 0.02 * i as f64) + (0.002 + 0.001 * i as f64) * rng.normal();
    (0..PLACES).map(place).map(|error| error as f32).collect()
}

fn calibrated(rng: &mut Rng) -> Calibration {
    let mut calibration = Calibration::default();
    (0..48).for_each(|_| calibration.push(&window(rng)));
    calibration
}

#[test]
fn what_a_place_always_does_is_no_surprise_there_but_is_elsewhere() {
    let mut rng = Rng::new(1);
    let calibration = calibrated(&mut rng);
    let usual = calibration.read(&window(&mut rng));
    assert!(usual.max < 5.0 && usual.mean.abs() < 1.0, "{} {}", usual.max, usual.mean);
    // What is nothing anywhere, and what is an event.
    let mut errors = window(&mut rng);
    errors[30] += 0.02;
    assert!(calibration.read(&errors).max < 5.0);
    errors[0] += 0.5;
    let reading = calibration.read(&errors);
    assert_eq!(reading.max, reading.heat[0]);
    assert!(reading.max > THRESHOLD && reading.heat[1..].iter().all(|heat| *heat < 5.0), "{:?}", reading.heat);
}

#[test]
fn a_scene_that_never_changes_divides_by_nothing() {
    let mut calibration = Calibration::default();
    (0..48).for_each(|_| calibration.push(&[0.3; PLACES]));
    let still = calibration.read(&[0.3; PLACES]);
    assert!(still.heat.iter().all(|heat| *heat == 0.0), "{:?}", still.heat);
    let rounding = calibration.read(&[0.3001; PLACES]);
    assert!(rounding.max < 0.1, "rounding is no event: {}", rounding.max);
    let mut dark = Calibration::default();
    (0..48).for_each(|_| dark.push(&[0.0; PLACES]));
    assert!(dark.read(&[0.0; PLACES]).max == 0.0);
    assert!(dark.read(&[1.0; PLACES]).heat.iter().all(|heat| !heat.is_nan()));
}

#[test]
fn what_is_surprising_stays_so_for_a_while_and_is_usual_in_the_end() {
    let mut rng = Rng::new(2);
    let mut calibration = calibrated(&mut rng);
    let mut hot = 0;
    for _ in 0..48 {
        let mut errors = window(&mut rng);
        errors[5] += 1.0;
        hot += usize::from(calibration.read(&errors).heat[5] > THRESHOLD);
        calibration.push(&errors);
    }
    assert!((16..32).contains(&hot), "surprising for {hot} windows");
}

#[test]
fn values_that_are_no_numbers_teach_nothing() {
    let mut rng = Rng::new(3);
    let mut calibration = calibrated(&mut rng);
    let before = calibration.read(&[0.5; PLACES]);
    calibration.push(&[f32::NAN; PLACES]);
    assert_eq!(calibration.read(&[0.5; PLACES]), before);
    assert_eq!(peak(&[]), 0.0);
    // Another grid begins anew.
    calibration.push(&[0.1; 4]);
    assert_eq!(calibration.read(&[0.1; 4]).missing, WARM_UP - 1);
}

#[test]
fn the_peak_is_of_the_ninth_that_is_furthest_off() {
    let mut values = vec![0.0; 18];
    (values[3], values[11]) = (2.0, 4.0);
    assert_eq!(peak(&values), 3.0);
    assert_eq!(peak(&[1.0, 5.0]), 5.0, "at least one");
}

#[test]
fn nothing_rings_before_it_is_known_what_is_usual() {
    let mut rng = Rng::new(4);
    let mut monitor = Monitor::default();
    for i in 0..WARM_UP {
        let wild: Vec<f32> = window(&mut rng).iter().map(|error| error * (1.0 + 9.0 * (i % 2) as f32)).collect();
        let (reading, alarm) = monitor.observe(&wild);
        assert_eq!(reading.missing, WARM_UP - i);
        assert!(!alarm.ringing && reading.heat.iter().all(|heat| *heat == 0.0));
    }
    assert_eq!(monitor.observe(&window(&mut rng)).0.missing, 0);
}

/// The alarms that begin at such peaks.
fn rings(alarm: &mut Alarm, peaks: &[f32]) -> Vec<usize> {
    (0..).zip(peaks).filter(|(_, peak)| alarm.hear(Some(**peak)).began.is_some()).map(|(i, _)| i).collect()
}

#[test]
fn an_event_rings_once_and_the_next_one_again() {
    let mut alarm = Alarm::with_threshold(10.0);
    // It wavers about the threshold, and pauses for two windows.
    let event = [1.0, 11.0, 9.0, 12.0, 5.0, 5.0, 11.0, 7.0];
    assert_eq!(rings(&mut alarm, &event), [1]);
    assert!(alarm.report().ringing);
    assert_eq!(rings(&mut alarm, &[1.0, 1.0, 1.0]), [0; 0]);
    assert!(!alarm.report().ringing);
    assert_eq!(rings(&mut alarm, &[9.0, 10.0]), [1], "from the threshold on");
    assert_eq!(alarm.report().alarms, 2);
}

#[test]
fn the_threshold_moves_and_alarms_can_be_called_false() {
    let mut monitor = Monitor::default();
    for wrong in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert!(matches!(monitor.set_threshold(wrong), Err(Error::Threshold(_))), "{wrong}");
    }
    monitor.set_threshold(3.0).unwrap();
    assert_eq!(rings(&mut monitor.alarm, &[2.9, 3.1, 0.0, 0.0, 0.0, 3.1]), [1, 5]);
    monitor.alarm.refute(1, true).unwrap();
    assert_eq!((monitor.alarm.report().alarms, monitor.alarm.report().false_alarms), (2, 1));
    monitor.alarm.refute(1, false).unwrap();
    assert_eq!(monitor.alarm.report().false_alarms, 0);
    assert!(matches!(monitor.alarm.refute(2, true), Err(Error::NoAlarm(2))));
    monitor.reset();
    assert_eq!((monitor.alarm.threshold(), monitor.alarm.report().alarms), (3.0, 0));
}

#[test]
fn light_is_taken_out_of_a_clip_and_things_are_not() {
    let room = |gain: [f32; 3]| -> Vec<u8> {
        let pixel = |i: usize| [40 + i as u8, 100, 160 - i as u8].map(f32::from);
        (0..64)
            .flat_map(|i| [0, 1, 2].map(|c| (pixel(i)[c] * gain[c]).round() as u8).into_iter().chain([255]))
            .collect()
    };
    let first = room([1.0; 3]);
    let mut clip = [first.clone(), room([1.3, 1.3, 1.3]), room([0.9, 1.0, 1.2])].concat();
    let mut light = Light::default();
    light.steady(&mut clip, 3);
    for frame in clip.chunks_exact(first.len()) {
        assert!(frame.iter().zip(&first).all(|(a, b)| a.abs_diff(*b) <= 1), "{frame:?}");
    }
    // A thing that covers a third of the picture, in the light of the first frame: not a value is touched.
    let mut thing = first.clone();
    thing[..21 * 4].chunks_exact_mut(4).for_each(|pixel| pixel.copy_from_slice(&[200, 40, 40, 255]));
    // One that covers most of it, and a lamp that goes out: no light that could be taken out.
    let mut cover = first.clone();
    cover[..56 * 4].chunks_exact_mut(4).enumerate().for_each(|(i, pixel)| pixel[0] = 60 + (i * 37 % 150) as u8);
    for other in [thing, cover, room([0.3; 3])] {
        let mut clip = [first.clone(), other.clone()].concat();
        Light::default().steady(&mut clip, 2);
        assert_eq!(clip, [first.clone(), other].concat());
    }
    light.steady(&mut [], 0);
    // A window later the light has changed for good: it is still seen in that of the first one.
    let mut clip = [room([1.2; 3]), room([1.25; 3])].concat();
    light.steady(&mut clip, 2);
    assert!(clip.iter().zip(first.iter().chain(&first)).all(|(a, b)| a.abs_diff(*b) <= 2), "{clip:?}");
}
