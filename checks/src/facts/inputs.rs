//! Declares the facts that a check needs, by the types of its arguments.
//!
//! `&T` needs the fact. `Option<&T>` also understands that the subject has no such thing.
//! `&Slot<T>` takes it as it stands. [`Either`] asks its second fact only where the first is absent. A fact that failed is
//! never absent, so an error cannot look like an empty cloud.

use super::{Fact, FactKind, Facts, Now, Slot};
use crate::verdict::{Reason, ReasonCode};
use chrono::{DateTime, Utc};
use strum::VariantArray;

/// A set of fact kinds, which knows those that are only a fallback.
///
/// A fallback is used only if another fact is absent from the subject. So an experiment that no check requires is not
/// made if reading suffices.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Needs {
    required: u64,
    fallback: u64,
}

impl Needs {
    /// No facts.
    pub const NONE: Self = Self { required: 0, fallback: 0 };

    /// Creates one fact, required.
    pub const fn only(kind: FactKind) -> Self {
        Self { required: bit(kind), fallback: 0 }
    }

    /// Creates one fact, as a fallback for another.
    pub const fn fallback(kind: FactKind) -> Self {
        Self { required: 0, fallback: bit(kind) }
    }

    /// Returns the facts of both sets. A fact that either requires is required.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { required: self.required | other.required, fallback: self.fallback | other.fallback }
    }

    /// Creates the set without a fact.
    #[must_use]
    pub const fn without(self, kind: FactKind) -> Self {
        Self { required: self.required & !bit(kind), fallback: self.fallback & !bit(kind) }
    }

    /// Returns true for the empty set.
    pub const fn is_empty(self) -> bool {
        self.required | self.fallback == 0
    }

    /// Returns true if the set has the fact, be it only as a fallback.
    pub const fn has(self, kind: FactKind) -> bool {
        (self.required | self.fallback) & bit(kind) != 0
    }

    /// Returns true if at least one check cannot do without the fact.
    pub const fn requires(self, kind: FactKind) -> bool {
        self.required & bit(kind) != 0
    }

    /// Returns the facts of the set.
    pub fn iter(self) -> impl Iterator<Item = FactKind> {
        FactKind::VARIANTS.iter().copied().filter(move |kind| self.has(*kind))
    }
}

const fn bit(kind: FactKind) -> u64 {
    1 << kind as u64
}

/// The reason why a check could not be run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Unmet {
    /// A fact failed, or a required one is absent.
    Abort(Reason),
    /// A fact was not collected.
    Miss(Reason),
}

/// Arguments that a check can take as its facts.
pub trait Inputs<'a>: Sized {
    /// The facts that may be read.
    const NEEDS: Needs;

    /// True if the rule also takes "now", which rests on the local clock.
    const TAKES_NOW: bool = false;

    /// Reads them, or says why that is not possible.
    fn read(facts: &'a Facts, now: Now) -> Result<Self, Unmet>;
}

/// Returns the slot of a fact.
///
/// # Errors
/// Nobody could collect it: only subjects of another kind have it.
fn slot<T: Fact>(facts: &Facts) -> Result<&Slot<T>, Unmet> {
    let other = || Unmet::Miss(Reason::new(ReasonCode::OtherSubject, "it concerns another kind of subject"));
    T::slot(facts).ok_or_else(other)
}

impl<'a, T: Fact + 'a> Inputs<'a> for &'a T {
    const NEEDS: Needs = Needs::only(T::KIND);

    fn read(facts: &'a Facts, _: Now) -> Result<Self, Unmet> {
        match slot::<T>(facts)? {
            Slot::Known(fact) => Ok(fact),
            Slot::Absent(what) => Err(Unmet::Abort(Reason::new(ReasonCode::ServiceAbsent, what))),
            Slot::Failed(reason) => Err(Unmet::Abort(reason.clone())),
            Slot::NotCollected(reason) => Err(Unmet::Miss(reason.clone())),
        }
    }
}

impl<'a, T: Fact + 'a> Inputs<'a> for Option<&'a T> {
    const NEEDS: Needs = Needs::only(T::KIND);

    fn read(facts: &'a Facts, now: Now) -> Result<Self, Unmet> {
        match slot::<T>(facts)? {
            Slot::Absent(_) => Ok(None),
            _ => <&T>::read(facts, now).map(Some),
        }
    }
}

/// A fact that only confirms or contradicts others: the rule itself decides the consequence if it is unknown.
impl<'a, T: Fact + 'a> Inputs<'a> for &'a Slot<T> {
    const NEEDS: Needs = Needs::only(T::KIND);

    fn read(facts: &'a Facts, _: Now) -> Result<Self, Unmet> {
        slot(facts)
    }
}

/// Two ways to decide: the second is used only if the first is absent from the subject.
#[derive(Clone, Copy, Debug)]
pub enum Either<A, B> {
    /// The first way.
    First(A),
    /// The second way.
    Second(B),
}

impl<'a, A: Fact + 'a, B: Fact + 'a> Inputs<'a> for Either<&'a A, &'a B> {
    const NEEDS: Needs = Needs::only(A::KIND).and(Needs::fallback(B::KIND));

    fn read(facts: &'a Facts, now: Now) -> Result<Self, Unmet> {
        match slot::<A>(facts)? {
            Slot::Absent(_) => <&B>::read(facts, now).map(Self::Second),
            _ => <&A>::read(facts, now).map(Self::First),
        }
    }
}

/// "Now": it needs no collecting, but a clock that can be believed.
impl<'a> Inputs<'a> for DateTime<Utc> {
    const NEEDS: Needs = Needs::NONE;
    const TAKES_NOW: bool = true;

    fn read(_: &'a Facts, now: Now) -> Result<Self, Unmet> {
        now.clock.obstacle().map_or(Ok(now.instant), |reason| Err(Unmet::Abort(reason)))
    }
}

impl<'a, A: Inputs<'a>, B: Inputs<'a>> Inputs<'a> for (A, B) {
    const NEEDS: Needs = A::NEEDS.and(B::NEEDS);
    const TAKES_NOW: bool = A::TAKES_NOW || B::TAKES_NOW;

    fn read(facts: &'a Facts, now: Now) -> Result<Self, Unmet> {
        Ok((A::read(facts, now)?, B::read(facts, now)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Catalog, CloudFacts, Flavors, Images, LocalClock, Nodes, SubjectKind};
    use rstest::rstest;

    const NOW: Now = Now { instant: DateTime::UNIX_EPOCH, clock: LocalClock::NotAsked };

    fn reason(code: ReasonCode) -> Reason {
        Reason::new(code, "why")
    }

    fn facts(catalog: Slot<Catalog>, flavors: Slot<Flavors>) -> Facts {
        CloudFacts { catalog, flavors, ..CloudFacts::none(&reason(ReasonCode::NotSelected)) }.into()
    }

    fn failed<T>() -> Slot<T> {
        Slot::Failed(reason(ReasonCode::RequestFailed))
    }

    #[test]
    fn needed_fact_is_known_or_its_reason_is_returned() {
        let none = Slot::NotCollected(reason(ReasonCode::NotSelected));
        assert!(<&Catalog>::read(&facts(Slot::Known(Catalog::default()), none.clone()), NOW).is_ok());
        assert_eq!(<&Flavors>::read(&facts(failed(), none), NOW), Err(Unmet::Miss(reason(ReasonCode::NotSelected))));
        assert_eq!(
            <&Catalog>::read(&facts(failed(), failed()), NOW),
            Err(Unmet::Abort(reason(ReasonCode::RequestFailed)))
        );
        assert!(matches!(
            <&Catalog>::read(&facts(Slot::Absent("no catalog".into()), failed()), NOW),
            Err(Unmet::Abort(Reason { code: ReasonCode::ServiceAbsent, .. }))
        ));
    }

    #[test]
    fn facts_of_another_kind_of_subject_are_never_there() {
        let facts = Facts::failed(SubjectKind::Cloud, &reason(ReasonCode::RequestFailed));
        let other = Err(Unmet::Miss(Reason::new(ReasonCode::OtherSubject, "it concerns another kind of subject")));
        assert_eq!(<&Nodes>::read(&facts, NOW).map(drop), other);
        assert_eq!(<Option<&Nodes>>::read(&facts, NOW).map(drop), other);
        assert_eq!(<&Slot<Nodes>>::read(&facts, NOW).map(drop), other);
    }

    #[test]
    fn only_absence_makes_an_optional_fact_none() {
        assert_eq!(<Option<&Catalog>>::read(&facts(Slot::Absent("none".into()), failed()), NOW), Ok(None));
        assert!(<Option<&Catalog>>::read(&facts(failed(), failed()), NOW).is_err());
    }

    #[rstest]
    #[case(Slot::Known(Catalog::default()), failed(), Ok("first"))]
    #[case(Slot::Absent("none".into()), Slot::Known(Flavors::default()), Ok("second"))]
    #[case(Slot::Absent("none".into()), failed(), Err(()))]
    #[case(failed(), Slot::Known(Flavors::default()), Err(()))]
    fn the_second_way_is_asked_only_where_the_first_is_absent(
        #[case] first: Slot<Catalog>,
        #[case] second: Slot<Flavors>,
        #[case] expected: Result<&str, ()>,
    ) {
        let facts = facts(first, second);
        let taken = <Either<&Catalog, &Flavors>>::read(&facts, NOW).map_err(drop);
        let way = taken.map(|either| match either {
            Either::First(_) => "first",
            Either::Second(_) => "second",
        });
        assert_eq!(way, expected);
    }

    #[test]
    fn needs_are_a_set() {
        let needs = <(&Catalog, (Option<&Images>, DateTime<Utc>)) as Inputs>::NEEDS;
        assert_eq!(needs.iter().collect::<Vec<_>>(), [FactKind::Catalog, FactKind::Images]);
        assert!(<DateTime<Utc> as Inputs>::NEEDS.is_empty());
    }

    /// Tells for each of these facts if it is in the set, and if it is required.
    fn membership(needs: Needs) -> [(bool, bool); 3] {
        [FactKind::Catalog, FactKind::Flavors, FactKind::Images].map(|kind| (needs.has(kind), needs.requires(kind)))
    }

    #[test]
    fn a_fallback_is_needed_but_not_required() {
        let needs = <Either<&Catalog, &Flavors> as Inputs>::NEEDS;
        assert_eq!(membership(needs), [(true, true), (true, false), (false, false)]);
        assert!(!Needs::fallback(FactKind::Flavors).is_empty());
        assert_eq!(needs.iter().collect::<Vec<_>>(), [FactKind::Catalog, FactKind::Flavors]);
    }

    #[test]
    fn requirement_of_one_check_outweighs_fallbacks_of_others() {
        let either = <Either<&Catalog, &Flavors> as Inputs>::NEEDS;
        let optional = <Option<&Flavors> as Inputs>::NEEDS;
        for needs in [either.and(optional), optional.and(either)] {
            assert_eq!(membership(needs), [(true, true), (true, true), (false, false)]);
        }
        assert_eq!(either.and(either), either);
        assert_eq!(membership(either.and(Needs::only(FactKind::Images)))[1], (true, false));
    }
}
