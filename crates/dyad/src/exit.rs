//! Exit codes: the same for every command, documented in `--help`, numbered as in `sysexits.h` where it
//! has one.

/// Something else went wrong.
pub(crate) const OTHER: u8 = 1;
/// What was typed makes no sense. Also what the command line parser itself ends with.
pub(crate) const USAGE: u8 = 2;
/// A service cannot be reached, or does not answer as it should.
pub(crate) const UNAVAILABLE: u8 = 69;
/// The same will probably succeed later.
pub(crate) const TRY_LATER: u8 = 75;
/// A setting, a file or the machine is not as it must be.
pub(crate) const CONFIG: u8 = 78;

/// What `--help` says of them.
pub(crate) const HELP: &str = "Exit codes: 0 fine, 1 other trouble, 2 wrong usage, 69 service unavailable, \
                               75 try later, 78 wrong configuration";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_code() {
        for code in [OTHER, USAGE, UNAVAILABLE, TRY_LATER, CONFIG] {
            let named = HELP.split([' ', ',']).any(|word| word == code.to_string());
            assert!(named, "{code}");
        }
    }
}
