//! The names that folio's keys have in Redis.

/// Into how many groups the keys of a deployment fall. A group is in one slot of a cluster, so a group is read
/// or written in one command; and there are enough of them to reach every node.
const GROUPS: u64 = 64;

/// The names of one deployment's keys: `{folio:NAMESPACE:GROUP}` and what they are for.
#[derive(Debug)]
pub(crate) struct Keys(String);

impl Keys {
    pub(crate) fn new(namespace: &str) -> Option<Self> {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.:".contains(letter);
        let fits = !namespace.is_empty() && namespace.chars().all(allowed);
        fits.then(|| Self(format!("folio:{namespace}")))
    }

    /// Where the bytes of a cache's key are.
    pub(crate) fn value(&self, key: &str) -> String {
        format!("{{{}:{}}}:value:{key}", self.0, Self::group(key))
    }

    /// Where it is said who holds a cache's key.
    pub(crate) fn claim(&self, key: &str) -> String {
        format!("{{{}:{}}}:claim:{key}", self.0, Self::group(key))
    }

    /// Where the calls of a source are counted.
    pub(crate) fn budget(&self, source: &str) -> String {
        format!("{{{}:{}}}:budget:{source}", self.0, Self::group(source))
    }

    /// The group of a key, the same in every process and version (FNV-1a).
    pub(crate) fn group(key: &str) -> u64 {
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        // The low bits of FNV are its weak ones.
        (hash ^ (hash >> 32)) % GROUPS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let keys = Keys::new("a-1").unwrap();
        assert_eq!(
            keys.value("price:crypto:bitcoin:USD"),
            "{folio:a-1:37}:value:price:crypto:bitcoin:USD"
        );
        assert_eq!(
            keys.claim("x{y}"),
            format!("{{folio:a-1:{}}}:claim:x{{y}}", Keys::group("x{y}"))
        );
        for refused in ["", "a b", "a{b", "a}b", "é"] {
            assert!(Keys::new(refused).is_none(), "{refused}");
        }
    }

    #[test]
    fn keys_fall_into_every_group() {
        let mut sizes = [0_u32; GROUPS as usize];
        for index in 0..6_400 {
            sizes[Keys::group(&format!("price:crypto:coin-{index}:USD")) as usize] += 1;
        }
        assert!(sizes.iter().all(|size| (40..=200).contains(size)), "{sizes:?}");
    }
}
