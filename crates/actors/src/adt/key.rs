//! How keys of maps are written.

use cid::Cid;
use fvm_shared::address::Address;

use crate::error::ActorError;

/// A key of a map.
pub trait MapKey: Sized + std::fmt::Debug {
    /// Its bytes.
    fn to_bytes(&self) -> Vec<u8>;

    /// Reads it back.
    ///
    /// # Errors
    /// 20 if the bytes are no such key.
    fn from_bytes(bytes: &[u8]) -> Result<Self, ActorError>;
}

impl MapKey for Vec<u8> {
    fn to_bytes(&self) -> Vec<u8> {
        self.clone()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, ActorError> {
        Ok(bytes.to_vec())
    }
}

/// An unsigned varint (LEB128).
impl MapKey for u64 {
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(10);
        let mut rest = *self;
        while rest >= 0x80 {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, ActorError> {
        let wrong = || ActorError::illegal_state(format!("not a varint: {bytes:?}"));
        let (last, leading) = bytes.split_last().ok_or_else(wrong)?;
        let ends_once = *last < 0x80 && leading.iter().all(|byte| *byte >= 0x80);
        if !ends_once || bytes.len() > 10 || (bytes.len() == 10 && *last > 1) {
            return Err(wrong());
        }
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |value, byte| value << 7 | Self::from(byte & 0x7f)))
    }
}

/// Zig-zag, then as unsigned.
impl MapKey for i64 {
    fn to_bytes(&self) -> Vec<u8> {
        (((*self << 1) ^ (*self >> 63)) as u64).to_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, ActorError> {
        let zigzag = u64::from_bytes(bytes)?;
        Ok((zigzag >> 1) as Self ^ -((zigzag & 1) as Self))
    }
}

impl MapKey for Address {
    fn to_bytes(&self) -> Vec<u8> {
        Address::to_bytes(*self)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, ActorError> {
        Address::from_bytes(bytes).map_err(|e| ActorError::illegal_state(e.to_string()))
    }
}

impl MapKey for Cid {
    fn to_bytes(&self) -> Vec<u8> {
        Cid::to_bytes(self)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, ActorError> {
        Cid::try_from(bytes).map_err(|e| ActorError::illegal_state(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<K: MapKey + PartialEq>(key: K, bytes: &[u8]) {
        assert_eq!(key.to_bytes(), bytes);
        assert_eq!(K::from_bytes(bytes).unwrap(), key);
    }

    #[test]
    fn unsigned() {
        check(0_u64, &[0]);
        check(127_u64, &[127]);
        check(300_u64, &[0xac, 2]);
        check(u64::MAX, &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    }

    #[test]
    fn signed() {
        check(0_i64, &[0]);
        check(-1_i64, &[1]);
        check(1_i64, &[2]);
        check(150_i64, &[0xac, 2]);
        check(i64::MIN, &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
    }

    #[test]
    fn nonsense_is_refused() {
        for bytes in [&[][..], &[0x80], &[1, 1], &[255; 10], &[0x80; 11]] {
            assert!(u64::from_bytes(bytes).is_err(), "{bytes:?}");
        }
        let beyond = [255, 255, 255, 255, 255, 255, 255, 255, 255, 2];
        assert!(u64::from_bytes(&beyond).is_err());
    }
}
