//! Turns the published numbers of one curve into a type that `primeorder` can calculate with.

/// Defines a module with the type `Curve`, its [`Model`](super::Model), and the same numbers as
/// `DOMAIN`, the [`DomainParameters`](crate::trust::algorithm::DomainParameters) to compare with.
///
/// `padding` fills a hexadecimal number up to the width of the integer type. `non_residues` are the
/// smallest numbers that are not squares modulo `p` and `n`; a square root needs the first.
macro_rules! curve {
    (
        $module:ident, $uint:ident, $bytes:ident, padding: $padding:literal,
        p: $p:literal, a: $a:literal, b: $b:literal, x: $x:literal, y: $y:literal, n: $n:literal,
        z: $z:literal, non_residues: $non_residue_p:literal, $non_residue_n:literal
    ) => {
        mod $module {
            use std::sync::OnceLock;

            use primeorder::elliptic_curve::bigint::{Odd, $uint};
            use primeorder::elliptic_curve::{self, consts};

            use self::field::FieldElement;
            use self::scalar::Scalar;
            use crate::trust::algorithm::DomainParameters;
            use crate::trust::algorithm::ecdsa::strips::Strips;
            use crate::trust::algorithm::ecdsa::{GENERATOR_WINDOW, Model};

            /// The curve in its `a = -3` form.
            #[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
            pub struct Curve;

            pub(in crate::trust::algorithm) static DOMAIN: DomainParameters =
                crate::trust::algorithm::ecdsa::define::domain!($p, $a, $b, $x, $y, $n);

            const ORDER: Odd<$uint> = Odd::<$uint>::from_be_hex(concat!($padding, $n));
            const Z: FieldElement = FieldElement::from_hex_vartime($z);
            const Z2: FieldElement = Z.square();
            const Z3: FieldElement = Z2.multiply(&Z);

            impl Model for Curve {
                const TWIST: FieldElement = Z;
                const UNTWIST: FieldElement = Z.const_invert();

                fn generator() -> &'static Strips<Self> {
                    static STRIPS: OnceLock<Strips<Curve>> = OnceLock::new();
                    let generator = primeorder::ProjectivePoint::GENERATOR;
                    STRIPS.get_or_init(|| Strips::new(generator, GENERATOR_WINDOW))
                }
            }

            impl primeorder::PrimeCurveParams for Curve {
                type PointArithmetic = primeorder::point_arithmetic::EquationAIsMinusThree;
                type Backend = primeorder::mul_backend::VariableOnly;

                const EQUATION_A: FieldElement =
                    FieldElement::from_hex_vartime($a).multiply(&Z2).multiply(&Z2);
                const EQUATION_B: FieldElement =
                    FieldElement::from_hex_vartime($b).multiply(&Z3).multiply(&Z3);
                const GENERATOR: (FieldElement, FieldElement) = (
                    FieldElement::from_hex_vartime($x).multiply(&Z2),
                    FieldElement::from_hex_vartime($y).multiply(&Z3),
                );
            }

            impl elliptic_curve::Curve for Curve {
                type FieldBytesSize = consts::$bytes;
                type Uint = $uint;
                const ORDER: Odd<$uint> = ORDER;
            }

            impl elliptic_curve::PrimeCurve for Curve {}

            impl elliptic_curve::point::PointCompression for Curve {
                const COMPRESS_POINTS: bool = false;
            }

            impl elliptic_curve::CurveArithmetic for Curve {
                type AffinePoint = primeorder::AffinePoint<Self>;
                type ProjectivePoint = primeorder::ProjectivePoint<Self>;
                type Scalar = Scalar;
            }

            impl elliptic_curve::PrimeCurveArithmetic for Curve {
                type CurveGroup = primeorder::ProjectivePoint<Self>;
            }

            impl elliptic_curve::hazmat::FieldArithmetic for Curve {
                type FieldElement = FieldElement;
            }

            #[allow(deprecated, reason = "primefield's macro names a method by its old name")]
            mod field {
                use primefield::bigint::$uint;
                use primefield::subtle::{Choice, ConstantTimeEq, CtOption};
                use primeorder::elliptic_curve::{ff::PrimeField, ops::BatchInvert};

                primefield::monty_field_params! {
                    name: Parameters,
                    modulus: concat!($padding, $p),
                    uint: $uint,
                    byte_order: primefield::ByteOrder::BigEndian,
                    multiplicative_generator: $non_residue_p,
                    doc: "The prime of the field."
                }
                primefield::monty_field_element! {
                    name: FieldElement,
                    params: Parameters,
                    uint: $uint,
                    doc: "A number modulo the prime."
                }
                primefield::monty_field_arithmetic! {
                    name: FieldElement,
                    params: Parameters,
                    uint: $uint
                }

                impl BatchInvert for FieldElement {}
            }

            #[allow(deprecated, reason = "primefield's macro names a method by its old name")]
            mod scalar {
                use primefield::bigint::$uint;
                use primefield::subtle::{Choice, ConstantTimeEq, ConstantTimeGreater, CtOption};
                use primeorder::elliptic_curve::scalar;
                use primeorder::elliptic_curve::{
                    self, FieldBytes, bigint::Reduce, ff::PrimeField,
                };
                use primeorder::wnaf;

                primefield::monty_field_params! {
                    name: Parameters,
                    modulus: concat!($padding, $n),
                    uint: $uint,
                    byte_order: primefield::ByteOrder::BigEndian,
                    multiplicative_generator: $non_residue_n,
                    doc: "The order of the generator."
                }
                primefield::monty_field_element! {
                    name: Scalar,
                    params: Parameters,
                    uint: $uint,
                    doc: "A number modulo the order."
                }
                primefield::monty_field_arithmetic! {
                    name: Scalar,
                    params: Parameters,
                    uint: $uint
                }
                elliptic_curve::scalar_impls!(super::Curve, Scalar);
                wnaf::impl_wnaf_size_for_scalar!(Scalar);

                impl Reduce<$uint> for Scalar {
                    fn reduce(uint: &$uint) -> Self {
                        Self::from_uint_unchecked(*uint)
                    }
                }

                impl Reduce<FieldBytes<super::Curve>> for Scalar {
                    fn reduce(bytes: &FieldBytes<super::Curve>) -> Self {
                        Self::reduce(&elliptic_curve::field::bytes_to_uint::<super::Curve>(bytes))
                    }
                }

                impl AsRef<Scalar> for Scalar {
                    fn as_ref(&self) -> &Scalar {
                        self
                    }
                }

                impl scalar::FromUintUnchecked for Scalar {
                    type Uint = $uint;

                    fn from_uint_unchecked(uint: $uint) -> Self {
                        Scalar::from_uint_unchecked(uint)
                    }
                }

                impl scalar::IsHigh for Scalar {
                    fn is_high(&self) -> Choice {
                        const HALF: $uint = super::ORDER.as_ref().shr_vartime(1);
                        self.to_canonical().ct_gt(&HALF)
                    }
                }
            }

            use super::octets;
        }
    };
}

/// Uses a curve that a crate of its own calculates with, in its `a = -3` form, and defines its
/// numbers as the `static` of this name.
macro_rules! ready_made {
    (
        $domain:ident, $curve:ty, twist: $twist:expr, untwist: $untwist:expr,
        p: $p:literal, a: $a:literal, b: $b:literal, x: $x:literal, y: $y:literal, n: $n:literal
    ) => {
        static $domain: DomainParameters =
            crate::trust::algorithm::ecdsa::define::domain!($p, $a, $b, $x, $y, $n);

        impl Model for $curve {
            const TWIST: <Self as FieldArithmetic>::FieldElement = $twist;
            const UNTWIST: <Self as FieldArithmetic>::FieldElement = $untwist;

            fn generator() -> &'static Strips<Self> {
                static STRIPS: OnceLock<Strips<$curve>> = OnceLock::new();
                STRIPS.get_or_init(|| Strips::new(ProjectivePoint::GENERATOR, GENERATOR_WINDOW))
            }
        }
    };
}

/// The same six numbers as octets, with the cofactor 1.
macro_rules! domain {
    ($p:literal, $a:literal, $b:literal, $x:literal, $y:literal, $n:literal) => {
        DomainParameters {
            prime: &octets::<{ $p.len() / 2 }>($p),
            a: &octets::<{ $a.len() / 2 }>($a),
            b: &octets::<{ $b.len() / 2 }>($b),
            generator_x: &octets::<{ $x.len() / 2 }>($x),
            generator_y: &octets::<{ $y.len() / 2 }>($y),
            order: &octets::<{ $n.len() / 2 }>($n),
            cofactor: 1,
        }
    };
}

pub(super) use {curve, domain, ready_made};
