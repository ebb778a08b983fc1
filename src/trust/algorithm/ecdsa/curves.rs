//! The numbers of the nine curves, each written down once.
//!
//! Sources: FIPS 186-5 / SP 800-186 section 3.2.1 for P-224 to P-521, RFC 5639 section 3 for the
//! brainpool curves and their `z`. A test compares them with what OpenSSL prints.
//!
//! Where a stable crate calculates with the curve, it is taken ([`ready_made`]): its arithmetic is
//! made for that prime and faster. The others are defined over generic arithmetic ([`curve`]).

use std::sync::{Arc, OnceLock};

use primeorder::{ProjectivePoint, elliptic_curve::hazmat::FieldArithmetic};

use super::define::{curve, ready_made};
use super::strips::Strips;
use super::{GENERATOR_WINDOW, Model, PreparedKey, Verifier, point};
use crate::trust::algorithm::{Curve, DomainParameters};

/// The domain parameters of `curve`.
pub(in crate::trust::algorithm) fn domain(curve: Curve) -> &'static DomainParameters {
    match curve {
        Curve::P224 => &p224::DOMAIN,
        Curve::P256 => &p256::DOMAIN,
        Curve::P384 => &p384::DOMAIN,
        Curve::P521 => &P521,
        Curve::BrainpoolP224r1 => &brainpool_p224r1::DOMAIN,
        Curve::BrainpoolP256r1 => &BRAINPOOL_P256R1,
        Curve::BrainpoolP320r1 => &brainpool_p320r1::DOMAIN,
        Curve::BrainpoolP384r1 => &BRAINPOOL_P384R1,
        Curve::BrainpoolP512r1 => &brainpool_p512r1::DOMAIN,
    }
}

/// Reads a SEC 1 point of `curve`; see [`point::parse`].
pub(in crate::trust::algorithm) fn parse(curve: Curve, encoded: &[u8]) -> Option<Box<[u8]>> {
    match curve {
        Curve::P224 => point::parse::<p224::Curve>(encoded),
        Curve::P256 => point::parse::<p256::Curve>(encoded),
        Curve::P384 => point::parse::<p384::Curve>(encoded),
        Curve::P521 => point::parse::<p521::NistP521>(encoded),
        Curve::BrainpoolP224r1 => point::parse::<brainpool_p224r1::Curve>(encoded),
        Curve::BrainpoolP256r1 => point::parse::<bp256::BrainpoolP256t1>(encoded),
        Curve::BrainpoolP320r1 => point::parse::<brainpool_p320r1::Curve>(encoded),
        Curve::BrainpoolP384r1 => point::parse::<bp384::BrainpoolP384t1>(encoded),
        Curve::BrainpoolP512r1 => point::parse::<brainpool_p512r1::Curve>(encoded),
    }
}

/// Makes an uncompressed point of `curve` ready to verify with.
pub(in crate::trust::algorithm) fn prepare(
    curve: Curve,
    uncompressed: &[u8],
) -> Option<Arc<dyn Verifier>> {
    match curve {
        Curve::P224 => prepared::<p224::Curve>(uncompressed),
        Curve::P256 => prepared::<p256::Curve>(uncompressed),
        Curve::P384 => prepared::<p384::Curve>(uncompressed),
        Curve::P521 => prepared::<p521::NistP521>(uncompressed),
        Curve::BrainpoolP224r1 => prepared::<brainpool_p224r1::Curve>(uncompressed),
        Curve::BrainpoolP256r1 => prepared::<bp256::BrainpoolP256t1>(uncompressed),
        Curve::BrainpoolP320r1 => prepared::<brainpool_p320r1::Curve>(uncompressed),
        Curve::BrainpoolP384r1 => prepared::<bp384::BrainpoolP384t1>(uncompressed),
        Curve::BrainpoolP512r1 => prepared::<brainpool_p512r1::Curve>(uncompressed),
    }
}

fn prepared<C: Model>(uncompressed: &[u8]) -> Option<Arc<dyn Verifier>> {
    Some(Arc::new(PreparedKey::<C>::new(uncompressed)?))
}

curve! {
    p224, U256, U28, padding: "00000000",
    p: "ffffffffffffffffffffffffffffffff000000000000000000000001",
    a: "fffffffffffffffffffffffffffffffefffffffffffffffffffffffe",
    b: "b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
    x: "b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21",
    y: "bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34",
    n: "ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d",
    z: "00000000000000000000000000000000000000000000000000000001",
    non_residues: 11, 2
}

curve! {
    p256, U256, U32, padding: "",
    p: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    a: "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
    b: "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
    x: "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
    y: "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    n: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    z: "0000000000000000000000000000000000000000000000000000000000000001",
    non_residues: 3, 7
}

curve! {
    p384, U384, U48, padding: "",
    p: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
    a: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc",
    b: "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
    x: "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
    y: "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
    n: "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    z: "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
    non_residues: 19, 2
}

ready_made! {
    P521, p521::NistP521,
    twist: <Self as FieldArithmetic>::FieldElement::ONE,
    untwist: <Self as FieldArithmetic>::FieldElement::ONE,
    p: "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    a: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc",
    b: "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
    x: "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
    y: "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
    n: "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
}

curve! {
    brainpool_p224r1, U256, U28, padding: "00000000",
    p: "d7c134aa264366862a18302575d1d787b09f075797da89f57ec8c0ff",
    a: "68a5e62ca9ce6c1c299803a6c1530b514e182ad8b0042a59cad29f43",
    b: "2580f63ccfe44138870713b1a92369e33e2135d266dbb372386c400b",
    x: "0d9029ad2c7e5cf4340823b2a87dc68c9e4ce3174c1e6efdee12c07d",
    y: "58aa56f772c0726f24c6b89e4ecdac24354b9e99caa3f6d3761402cd",
    n: "d7c134aa264366862a18302575d0fb98d116bc4b6ddebca3a5a7939f",
    z: "2df271e14427a346910cf7a2e6cfa7b3f484e5c2cce1c8b730e28b3f",
    non_residues: 3, 3
}

ready_made! {
    BRAINPOOL_P256R1, bp256::BrainpoolP256t1,
    twist: <Self as FieldArithmetic>::FieldElement::from_hex_vartime(
        "3e2d4bd9597b58639ae7aa669cab9837cf5cf20a2c852d10f655668dfc150ef0"
    ),
    untwist: Self::TWIST.const_invert(),
    p: "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
    a: "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
    b: "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
    x: "8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262",
    y: "547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997",
    n: "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7"
}

curve! {
    brainpool_p320r1, U384, U40, padding: "0000000000000000",
    p: "d35e472036bc4fb7e13c785ed201e065f98fcfa6f6f40def4f92b9ec7893ec28fcd412b1f1b32e27",
    a: "3ee30b568fbab0f883ccebd46d3f3bb8a2a73513f5eb79da66190eb085ffa9f492f375a97d860eb4",
    b: "520883949dfdbc42d3ad198640688a6fe13f41349554b49acc31dccd884539816f5eb4ac8fb1f1a6",
    x: "43bd7e9afb53d8b85289bcc48ee5bfe6f20137d10a087eb6e7871e2a10a599c710af8d0d39e20611",
    y: "14fdd05545ec1cc8ab4093247f77275e0743ffed117182eaa9c77877aaac6ac7d35245d1692e8ee1",
    n: "d35e472036bc4fb7e13c785ed201e065f98fcfa5b68f12a32d482ec7ee8658e98691555b44c59311",
    z: "15f75caf668077f7e85b42eb01f0a81ff56ecd6191d55cb82b7d861458a18fefc3e5ab7496f3c7b1",
    non_residues: 5, 3
}

ready_made! {
    BRAINPOOL_P384R1, bp384::BrainpoolP384t1,
    twist: <Self as FieldArithmetic>::FieldElement::from_hex_vartime(
        "41dfe8dd399331f7166a66076734a89cd0d2bcdb7d068e44e1f378f41ecbae97d2d63dbc87bccddccc5da39e8589291c"
    ),
    untwist: Self::TWIST.const_invert(),
    p: "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
    a: "7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826",
    b: "04a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11",
    x: "1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1e",
    y: "8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff99129280e4646217791811142820341263c5315",
    n: "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565"
}

curve! {
    brainpool_p512r1, U512, U64, padding: "",
    p: "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
    a: "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
    b: "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
    x: "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
    y: "7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892",
    n: "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069",
    z: "12ee58e6764838b69782136f0f2d3ba06e27695716054092e60a80bedb212b64e585d90bce13761f85c3f1d2a64e3be8fea2220f01eba5eeb0f35dbd29d922ab",
    non_residues: 2, 7
}

/// The octets that a hexadecimal constant stands for, at compile time.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "evaluated at compile time only, where overflow or a bad index stops the build"
)]
const fn octets<const N: usize>(hex: &str) -> [u8; N] {
    let digits = hex.as_bytes();
    let mut octets = [0; N];
    let mut index = 0;
    while index < N {
        octets[index] = nibble(digits[2 * index]) << 4 | nibble(digits[2 * index + 1]);
        index += 1;
    }
    octets
}

#[expect(
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "evaluated at compile time only, where a panic stops the build"
)]
const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => panic!("not a hexadecimal digit"),
    }
}
