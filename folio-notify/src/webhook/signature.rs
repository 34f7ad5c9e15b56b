//! The signatures of Standard Webhooks: HMAC-SHA256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use folio_core::{Error, ErrorKind, Result};
use hmac::{Hmac, Mac};
use sha2::Sha256;

const PREFIX: &str = "whsec_";
/// How many bytes a secret has.
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;

/// One secret.
#[derive(Clone)]
pub(super) struct Signer(Hmac<Sha256>);

impl Signer {
    /// Reads secrets separated by commas, at least one.
    pub(super) fn parse_list(text: &str) -> Result<Vec<Self>> {
        text.split(',').map(|secret| Self::parse(secret.trim())).collect()
    }

    fn parse(secret: &str) -> Result<Self> {
        secret
            .strip_prefix(PREFIX)
            .and_then(|text| STANDARD.decode(text).ok())
            .filter(|key| LENGTH.contains(&key.len()))
            .and_then(|key| Hmac::new_from_slice(&key).ok())
            .map(Self)
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::NotConfigured,
                    "a secret of the webhook is whsec_ and the base64 of 24 to 64 random bytes, several are separated by \
                     commas, the new one first; what is set is not that and not shown. One is made by: echo \
                     \"whsec_$(openssl rand -base64 32)\"",
                )
            })
    }

    /// The signature of a message, with the version of its scheme.
    pub(super) fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let mut mac = self.0.clone();
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_reference_libraries_is_signed_alike() {
        let signer = &Signer::parse_list("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()[0];
        assert_eq!(
            signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn secrets_are_of_a_form_and_never_shown() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![b'c'; bytes]));
        let count = |text: &str| Signer::parse_list(text).map(|signers| signers.len());
        assert_eq!(count(&of(24)).unwrap(), 1);
        assert_eq!(count(&of(64)).unwrap(), 1);
        assert_eq!(count(&format!("{} , {}", of(32), of(33))).unwrap(), 2);
        let wrong = [
            String::new(),
            of(23),
            of(65),
            of(32).replace("whsec_", ""),
            of(32).replace("whsec_", "whpk_"),
            format!("{},", of(32)),
            format!("{};{}", of(32), of(32)),
            "whsec_canary canary".to_owned(),
        ];
        for text in wrong {
            let error = Signer::parse_list(&text).map(|_| ()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotConfigured, "{text}");
            let shown = format!("{error:?}");
            assert!(!shown.contains("canary") && !shown.contains("Y2Nj"), "{shown}");
        }
    }
}
