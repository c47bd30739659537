//! scs-0121 in a lab with two availability zones: `OSLAB_ZONES=2 tests/lab/openstack/up.sh`. With `OSLAB_CROSS_ATTACH=1` besides, its
//! Nova attaches volumes of other zones, and the test has to be told in the same way.

use crate::scene::Scene;
use scs_checks::verdict::Verdict;

/// A volume of the other zone is tried; everything else is decided as in one zone. If the zones are fire zones, a person judges.
#[tokio::test]
#[ignore = "needs the lab with two zones: OSLAB_ZONES=2 tests/lab/openstack/up.sh"]
async fn volume_of_another_zone_is_tried() {
    let attaches = std::env::var("OSLAB_CROSS_ATTACH").is_ok_and(|value| value == "1");
    let expected = if attaches { Verdict::Fail } else { Verdict::Pass };
    let scene = Scene::set().await;
    let ended = scene.check(&[]).await;
    let report = ended.report_of(0);
    scene.assert_verdicts(report, &[("scs-0121-cross-attach", expected)]);
    let zones = format!("{:?}", report.testcases["scs-0121-zones"]);
    assert!(zones.contains("2 availability zones for compute, nova, scs-b"), "{zones}");
    scene.assert_as_before("after the volumes").await;
}
