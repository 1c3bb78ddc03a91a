//! What a network gives is checked where it is read from the device, and only there: everything that is computed, remembered or
//! shown after that can rely on finite numbers.

use crate::error::Error;

/// Features are about 1. From here on they mean nothing, and their squares summed over a token would overflow f32.
const LARGEST: f32 = 1e15;

/// Refuses what weights that overflow give: NaN, infinity, and numbers close to it. `what` is named in the sentence.
///
/// # Errors
/// [`Error::Unusable`].
pub(crate) fn usable(what: &'static str, values: &[f32]) -> Result<(), Error> {
    // Not a number is within no bounds.
    match values.iter().all(|value| value.abs() < LARGEST) {
        true => Ok(()),
        false => Err(Error::Unusable(what)),
    }
}

/// The same of features. When they are normed, squares that overflow leave nothing but zeros, which would look like a collapse.
///
/// # Errors
/// [`Error::Unusable`].
pub(crate) fn usable_features(values: &[f32]) -> Result<(), Error> {
    usable("features", values)?;
    match values.iter().any(|&value| value != 0.0) {
        true => Ok(()),
        false => Err(Error::Unusable("features")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_that_is_no_number_is_enough_to_refuse_all() {
        assert!(usable("features", &[0.0, -3.5, 1e14, -1e-40]).is_ok());
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 2e15, -2e15] {
            let refused = usable("predictions", &[1.0, bad, 2.0]);
            assert!(matches!(refused, Err(Error::Unusable("predictions"))), "{bad}");
        }
        assert!(usable("predictions", &[0.0; 3]).is_ok() && usable_features(&[0.0, 1e-30, 0.0]).is_ok());
        assert!(usable_features(&[0.0, -0.0, 0.0]).is_err() && usable_features(&[f32::NAN, 1.0]).is_err());
    }
}
