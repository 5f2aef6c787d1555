//! When to deploy.

use proptest::prelude::*;
use tidegate_plan::advice::{BadQuestion, BadTraffic, Freeze, HOURS, Owner, Question, Traffic, advise};

const HOUR: u64 = 3_600_000;
/// Monday 2026-11-23 at midnight, UTC.
const MONDAY: u64 = 1_795_392_000_000;

fn question(minutes: u32) -> Question {
    Question {
        zone: "UTC".to_owned(),
        from_ms: MONDAY,
        days: 7,
        minutes,
        windows: 1,
        freezes: Vec::new(),
        owners: Vec::new(),
    }
}

/// One busy week with a hole.
fn week(quiet: &[(usize, u64)]) -> Traffic {
    let mut counts = [100_u64; HOURS];
    for (hour, count) in quiet {
        counts[*hour] = *count;
    }
    Traffic::new(&counts).unwrap()
}

fn owner(zone: &str) -> Owner {
    Owner { name: "dan".to_owned(), zone: zone.to_owned(), night_from: 22, night_until: 7 }
}

#[test]
fn the_quietest_hours_are_found_with_their_share() {
    let traffic = week(&[(30, 10), (31, 0), (100, 5)]);
    let found = advise(&traffic, &question(120)).unwrap();
    let window = &found.windows[0];
    assert_eq!(((window.from_ms - MONDAY) / HOUR, (window.until_ms - MONDAY) / HOUR), (30, 32));
    assert_eq!(
        (window.from.as_str(), window.until.as_str()),
        ("Tue 2026-11-24 06:00", "Tue 2026-11-24 08:00")
    );
    assert!((window.share - 10.0 / 16_515.0).abs() < 1e-12);
    assert!(
        found.says[0].starts_with("Tue 2026-11-24 06:00 to Tue 2026-11-24 08:00 in UTC: 0.06 %"),
        "{:?}",
        found.says
    );
    // Of equal ones the first, half an hour at a time.
    let short = advise(&traffic, &question(30)).unwrap();
    assert_eq!(short.windows[0].from_ms, MONDAY + 31 * HOUR);
    // A window may end inside of a quarter.
    let odd = advise(&traffic, &question(61)).unwrap();
    assert_eq!(odd.windows[0].until_ms - odd.windows[0].from_ms, 61 * 60_000);
}

#[test]
fn freezes_and_nights_are_kept_out() {
    let traffic = week(&[(30, 10), (31, 0), (100, 5)]);
    let mut asked = question(60);
    asked.freezes = vec![Freeze {
        from_ms: MONDAY + 31 * HOUR + 1,
        until_ms: MONDAY + 31 * HOUR + 2,
        reason: "x".to_owned(),
    }];
    assert_eq!(advise(&traffic, &asked).unwrap().windows[0].from_ms, MONDAY + 100 * HOUR);
    // Friday 04:00 in UTC is in the night of somebody in Berlin, and in the evening in California.
    asked.owners = vec![owner("Europe/Berlin")];
    assert_eq!(advise(&traffic, &asked).unwrap().windows[0].from_ms, MONDAY + 30 * HOUR);
    asked.owners = vec![owner("America/Los_Angeles")];
    assert_eq!(advise(&traffic, &asked).unwrap().windows[0].from_ms, MONDAY + 100 * HOUR);
    let everywhere = ["Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo"].map(owner);
    asked.owners = everywhere.to_vec();
    asked.minutes = 24 * 60;
    let none = advise(&traffic, &asked).unwrap();
    assert!(none.windows.is_empty() && none.says[0].contains("No window of 1440 minutes"), "{:?}", none.says);
    assert_eq!(none.frozen + none.at_night, none.looked_at);
}

#[test]
fn the_clock_of_the_zone_decides_also_when_it_is_moved() {
    // Sunday, two to three in the morning: an hour that Berlin skips on 29 March 2026 and has twice on 25 October.
    let mut asked = Question { zone: "Europe/Berlin".to_owned(), days: 1, windows: 1, ..question(60) };
    let traffic = week(&[(6 * 24 + 2, 0)]);
    let from = |asked: &Question| advise(&traffic, asked).unwrap().windows[0].clone();
    asked.from_ms = "2026-10-24T22:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond() as u64;
    asked.minutes = 120;
    let twice = from(&asked);
    assert_eq!(
        (twice.from.as_str(), twice.until.as_str(), twice.share),
        ("Sun 2026-10-25 02:00", "Sun 2026-10-25 03:00", 0.0)
    );
    asked.from_ms = "2026-03-28T23:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond() as u64;
    asked.minutes = 60;
    let skipped = from(&asked);
    assert!(skipped.share > 0.0, "the quiet hour does not come on that day: {skipped:?}");
    asked.from_ms = "2026-03-21T23:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond() as u64;
    assert_eq!(from(&asked).from, "Sun 2026-03-22 02:00");
}

#[test]
fn a_table_of_hours_or_of_times_is_read() {
    let hours: String = (0..HOURS).map(|hour| format!("{hour},{}\n", hour * 2)).collect();
    let read = Traffic::of_csv(&format!("hour,count\n{hours}"), "UTC").unwrap();
    assert_eq!((read.hours()[0], read.hours()[167]), (0, 334));
    // Two Mondays at three in Berlin: the mean of both, in thousandths.
    let times = "time,count\n2026-11-23T02:00:00Z,10\n2026-11-30T02:30:00Z,15\n2026-11-23T02:15:00Z,1\n";
    let read = Traffic::of_csv(times, "Europe/Berlin").unwrap();
    assert_eq!((read.hours()[3], read.week(), read.unseen()), (13_000, 13_000, 167));
    let says = advise(&read, &question(60)).unwrap().says;
    assert!(
        says.last().unwrap().starts_with("The history says nothing of 167 of the week's 168 hours"),
        "{says:?}"
    );
    assert_eq!(Traffic::of_csv("1795399200000,5", "Europe/Berlin").unwrap().hours()[3], 5_000);
}

#[test]
fn what_is_no_table_is_refused_with_its_line() {
    let refused = |text: &str| Traffic::of_csv(text, "UTC").unwrap_err();
    assert_eq!(refused("hour,count\n1,2\n1,3\n"), BadTraffic::Twice { line: 3, hour: 1 });
    assert_eq!(refused("0,1\n"), BadTraffic::Missing { hour: 1 });
    assert_eq!(refused(""), BadTraffic::Missing { hour: 0 });
    assert_eq!(refused("a,b\n168,1\n"), BadTraffic::NotAnHour { line: 2, text: "168".to_owned() });
    assert_eq!(refused("a,b\n3,-1\n"), BadTraffic::NotACount { line: 2, text: "-1".to_owned() });
    assert_eq!(refused("a,b\n3\n"), BadTraffic::NotARow { line: 2, text: "3".to_owned() });
    assert_eq!(refused("3,1\n2026-11-23T02:00:00Z,1\n"), BadTraffic::Mixed { line: 2 });
    assert_eq!(refused(&"1795399200000,5\n".repeat(100_001)), BadTraffic::TooManyRows);
    assert!(matches!(Traffic::of_csv("1795399200000,5", "Mars/Base"), Err(BadTraffic::UnknownZone(_))));
    assert_eq!(Traffic::new(&[1; 167]).unwrap_err(), BadTraffic::NotAWeek(167));
    assert!(serde_json::from_str::<Traffic>("[1,2]").is_err());
}

#[test]
fn a_question_that_has_no_answer_is_refused() {
    let traffic = week(&[]);
    let refused = |change: fn(&mut Question)| {
        let mut asked = question(60);
        change(&mut asked);
        advise(&traffic, &asked).unwrap_err()
    };
    assert_eq!(
        refused(|asked| asked.zone = "Mars/Base".to_owned()),
        BadQuestion::UnknownZone("Mars/Base".to_owned())
    );
    assert_eq!(refused(|asked| asked.minutes = 0), BadQuestion::Minutes(0));
    assert_eq!(refused(|asked| asked.days = 93), BadQuestion::Days(93));
    assert_eq!(refused(|asked| asked.windows = 0), BadQuestion::Windows(0));
    assert!(matches!(refused(|asked| asked.from_ms = u64::MAX / 2), BadQuestion::Instant(_)));
    assert_eq!(
        refused(|asked| asked.owners = vec![Owner { night_from: 24, ..owner("UTC") }]),
        BadQuestion::Night("dan".to_owned())
    );
    assert_eq!(
        advise(&Traffic::new(&[0; HOURS]).unwrap(), &question(60)).unwrap_err(),
        BadQuestion::NoTraffic
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_window_is_closed_overlaps_another_or_could_be_quieter(
        counts in prop::collection::vec(0_u64..50, HOURS),
        minutes in 1_u32..600,
        windows in 1_usize..5,
        freezes in prop::collection::vec((0_u64..240, 1_u64..30), 0..4),
        zone in prop::sample::select(vec!["UTC", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]),
        asleep in any::<bool>(),
    ) {
        prop_assume!(counts.iter().any(|count| *count > 0));
        let traffic = Traffic::new(&counts).unwrap();
        let freezes: Vec<Freeze> = freezes.into_iter().map(|(from, hours)| Freeze {
            from_ms: MONDAY + from * HOUR, until_ms: MONDAY + (from + hours) * HOUR, reason: String::new(),
        }).collect();
        let owners = if asleep { vec![owner("Europe/Berlin")] } else { Vec::new() };
        let asked = Question { zone: zone.to_owned(), windows, freezes: freezes.clone(), owners, ..question(minutes) };
        let found = advise(&traffic, &asked).unwrap();
        prop_assert_eq!(&found, &advise(&traffic, &asked).unwrap());
        for (at, window) in found.windows.iter().enumerate() {
            prop_assert_eq!(window.until_ms - window.from_ms, u64::from(minutes) * 60_000);
            prop_assert!(window.share >= 0.0);
            let apart = |from: u64, until: u64| window.until_ms <= from || until <= window.from_ms;
            prop_assert!(freezes.iter().all(|freeze| apart(freeze.from_ms, freeze.until_ms)));
            prop_assert!(found.windows[..at].iter().all(|other| apart(other.from_ms, other.until_ms)));
            prop_assert!(found.windows[..at].iter().all(|other| other.share <= window.share));
        }
        // One more freeze never finds a quieter first window.
        let mut more = asked.clone();
        more.freezes.push(Freeze { from_ms: MONDAY + 10 * HOUR, until_ms: MONDAY + 40 * HOUR, reason: String::new() });
        if let (Some(one), Some(other)) = (found.windows.first(), advise(&traffic, &more).unwrap().windows.first()) {
            prop_assert!(one.share <= other.share);
        }
    }
}
