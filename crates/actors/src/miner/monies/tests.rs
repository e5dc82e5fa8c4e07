use super::*;
use crate::miner::test_kit::SIZE;

fn fil(amount: i64) -> TokenAmount {
    TokenAmount::from_whole(amount)
}

/// A network of 10 EiB that earns 100 FIL an epoch.
fn estimates() -> Estimates {
    Estimates {
        reward: FilterEstimate::new(fil(100).atto().clone(), BigInt::zero()),
        power: FilterEstimate::new(BigInt::from(10) << 60, BigInt::zero()),
    }
}

fn inputs(since: ChainEpoch) -> PledgeInputs {
    PledgeInputs {
        estimates: estimates(),
        baseline_power: BigInt::from(20) << 60,
        circulating_supply: fil(400_000_000),
        epochs_since_ramp_start: since,
        ramp_duration_epochs: 100,
    }
}

fn close(actual: &TokenAmount, expected_nano: i64) -> bool {
    (actual - TokenAmount::from_nano(expected_nano))
        .atto()
        .abs_sub_below_nano()
}

trait AbsBelow {
    fn abs_sub_below_nano(&self) -> bool;
}

impl AbsBelow for BigInt {
    fn abs_sub_below_nano(&self) -> bool {
        let nano = Self::from(1_000_000_000);
        *self < nano && *self > -nano
    }
}

#[test]
fn the_expected_reward_is_a_share_of_the_networks() {
    let power = BigInt::from(1) << 60;
    // A tenth of the network, an epoch of ten.
    let reward = estimates().expected_reward(&power, 10).unwrap();
    assert!(close(&reward, 100_000_000_000), "{reward}");
    let none = estimates().expected_reward(&BigInt::zero(), 10).unwrap();
    assert_eq!(none, TokenAmount::zero());
    assert_eq!(
        estimates().pre_commit_deposit(&BigInt::zero()).unwrap(),
        TokenAmount::from_atto(1)
    );
}

#[test]
fn a_network_without_power_expects_an_epochs_reward() {
    let estimates = Estimates {
        power: FilterEstimate::default(),
        ..estimates()
    };
    assert_eq!(
        estimates.expected_reward(&BigInt::from(1), 10).unwrap(),
        fil(100)
    );
}

#[test]
fn a_shrinking_reward_is_never_negative() {
    let falling = FilterEstimate::new(BigInt::from(1), fil(-1).atto().clone());
    let estimates = Estimates {
        reward: falling,
        ..estimates()
    };
    assert!(
        estimates
            .expected_reward(&(BigInt::from(1) << 60), 100)
            .unwrap()
            .is_zero()
    );
}

#[test]
fn the_pledge_is_capped() {
    let power = BigInt::from(SIZE as u64);
    let mut inputs = inputs(-1);
    // Ten times the supply makes the pledge more than a FIL a sector.
    inputs.circulating_supply = fil(4_000_000_000);
    assert_eq!(
        inputs.initial_pledge(&power).unwrap(),
        (fil(1).div_floor(1_u64 << 35)) * (1_u64 << 35)
    );
    inputs.circulating_supply = TokenAmount::zero();
    let storage = inputs.initial_pledge(&power).unwrap();
    assert!(storage < fil(1) && storage.is_positive(), "{storage}");
}

#[test]
fn the_simple_pledge_comes_in_by_a_ramp() {
    let power = BigInt::from(SIZE as u64);
    let share = |since| TokenAmount::from_atto(inputs(since).consensus_pledge(&power));
    // 30% of the supply, by the share in 20 EiB: 0.17881393 FIL. By that in 10: twice as much.
    assert!(close(&share(-1), 178_813_934), "{}", share(-1));
    assert_eq!(share(-1), share(0));
    assert!(close(&share(50), 205_636_024), "{}", share(50));
    assert!(close(&share(100), 232_458_114), "{}", share(100));
    assert_eq!(share(100), share(1_000_000));
    let at_once = PledgeInputs {
        ramp_duration_epochs: 0,
        ..inputs(0)
    };
    assert_eq!(
        TokenAmount::from_atto(at_once.consensus_pledge(&power)),
        share(100)
    );
}

#[test]
fn terminations_cost_by_age() {
    let pledge = fil(1000);
    let fee = |days: ChainEpoch, fault: i64| {
        termination_penalty(&pledge, days * EPOCHS_IN_DAY, &fil(fault))
    };
    assert_eq!(fee(140, 0), fil(85));
    assert_eq!(fee(500, 0), fil(85));
    assert_eq!(fee(70, 0), TokenAmount::from_nano(42_500_000_000_i64));
    assert_eq!(fee(0, 0), fil(20));
    assert_eq!(fee(0, 100), fil(105));
    assert_eq!(fee(140, 100), fil(105));
}

#[test]
fn the_daily_fee_is_capped_by_the_reward() {
    let policy = Policy::mainnet();
    let power = BigInt::from(SIZE as u64);
    let fee = daily_fee(&policy, &fil(600_000_000), &power);
    // 5.56e-15 of the supply for 32 GiB.
    assert!(close(&fee, 3_336), "{fee}");
    let day = estimates().expected_reward(&power, EPOCHS_IN_DAY).unwrap();
    assert_eq!(
        estimates()
            .daily_fee_payable(&policy, &fee, &power)
            .unwrap(),
        fee
    );
    let capped = estimates()
        .daily_fee_payable(&policy, &fil(1), &power)
        .unwrap();
    assert_eq!(capped, day.div_floor(2_u32));
    assert_eq!(
        adjusted_daily_fee(&fil(3), &BigInt::from(2), &BigInt::from(4)),
        fil(6)
    );
}

#[test]
fn rewards_and_consensus_faults() {
    assert_eq!(locked_part_of_reward(&fil(100)), fil(75));
    assert_eq!(consensus_fault_penalty(&fil(100)), fil(100));
    assert_eq!(consensus_fault_reporter_reward(&fil(100)), fil(5));
}
