use std::sync::Arc;

use folio_core::{Store, conformance};

use super::store_faults::{Fault, Faulty};
use super::{check, failures};

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_a_fault_passes() {
    let failed = failures(conformance::store(async || {
        Arc::new(Faulty::new(Fault::None)) as Arc<dyn Store>
    }))
    .await;
    assert!(failed.is_empty(), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_store_is_named() {
    for (fault, wanted) in [
        (Fault::AbsentIsInternal, "an_absent_portfolio_is_not_found"),
        (Fault::AfterIsIgnored, "a_range_of_ids_is_half_open"),
        (Fault::AfterKeyIsIncluded, "a_scan_goes_on_after_a_key"),
        (Fault::AnyOwnerDeletes, "another_owner_deletes_no_snapshots"),
        (Fault::AnyOwnerReads, "another_owner_finds_nothing"),
        (Fault::BeforeIsIncluded, "a_window_has_both_its_ends"),
        (Fault::CreateIsRepeatable, "an_id_is_created_once"),
        (Fault::CreatedUntilIsIgnored, "a_range_leaves_out_what_was_made_later"),
        (
            Fault::DeleteKeepsSnapshots,
            "deleting_a_portfolio_deletes_its_snapshots",
        ),
        (Fault::DueIsByKey, "due_records_are_the_longest_due_first"),
        (Fault::DueIsExclusive, "due_records_are_the_longest_due_first"),
        (Fault::EmptyTextIsNone, "every_field_of_a_portfolio_reads_back"),
        (Fault::ExpiryOfDuplicateCounts, "the_first_expiry_counts"),
        (Fault::FinishedIsOpen, "a_scan_of_the_open_leaves_out_the_finished"),
        (Fault::HeldIsLate, "what_is_held_is_listed_before_it_can_be_read"),
        (Fault::HeldLacksCosts, "a_foreign_cost_lists_its_currency_and_day"),
        (Fault::IdAfterIsOneShort, "chunks_tile_all_ids"),
        (
            Fault::IdsAreOfAnybody,
            "portfolios_come_in_the_order_of_their_ids_asked_for",
        ),
        (
            Fault::IdsComeSorted,
            "portfolios_come_in_the_order_of_their_ids_asked_for",
        ),
        (Fault::InfosAreKept, "asset_infos_are_replaced"),
        (Fault::InfosRepeatTheLast, "asset_infos_are_paged_each_once"),
        (
            Fault::InsertManyIsAllOrNothing,
            "of_many_inserts_each_has_its_own_outcome",
        ),
        (Fault::InsertManyRaces, "concurrent_calls_for_many_write_each_once"),
        (Fault::InsertIsAlwaysNew, "outcomes_are_in_the_order_of_the_call"),
        (Fault::InsertRaces, "of_concurrent_inserts_one_is_new"),
        (Fault::LastWriteWins, "the_first_write_wins"),
        (Fault::LatestIsLastWritten, "the_latest_of_each_is_the_newest_instant"),
        (Fault::LikePattern, "a_scan_reads_a_prefix_and_nothing_else"),
        (Fault::LimitIsIgnored, "a_list_is_paged_in_order_of_ids"),
        (Fault::LimitIsIgnored, "a_scan_is_in_order_of_bytes"),
        (Fault::ListHasHoldings, "every_field_of_a_valuation_reads_back"),
        (Fault::MoreIsAlways, "snapshots_are_paged_newest_first"),
        (Fault::PurgeIgnoresLimit, "a_purge_removes_only_what_is_over"),
        (Fault::PurgeRecordsAll, "a_purge_removes_only_expired_records"),
        (Fault::RangeHasItsEnd, "a_range_of_ids_is_half_open"),
        (Fault::RatesAreReplaced, "reference_rates_stay_as_they_are"),
        (Fault::RatesRepeatTheFirst, "reference_rates_are_paged_each_once"),
        (Fault::RecordInsertRaces, "of_concurrent_inserts_of_a_key_one_is_told"),
        (Fault::RecordReplaceRaces, "concurrent_changes_lose_no_update"),
        (Fault::RecordsAreByKey, "records_come_in_the_order_of_their_keys"),
        (Fault::RecordsAreEachOnce, "records_come_in_the_order_of_their_keys"),
        (Fault::RecordsEndAtNul, "records_come_in_the_order_of_their_keys"),
        (Fault::RecordsOfAnyKind, "many_of_one_kind_leave_the_others"),
        (
            Fault::ReplaceManyIgnoresVersions,
            "of_many_replacements_each_has_its_own_outcome",
        ),
        (
            Fault::ReplaceManyStopsAtStale,
            "of_many_replacements_each_has_its_own_outcome",
        ),
        (Fault::ReplaceManyTellsFirstHundred, "many_records_are_written_and_read"),
        (Fault::RoundsMoney, "every_field_of_a_valuation_reads_back"),
        (Fault::SnapshotOfAnybody, "a_snapshot_is_found_only_in_its_portfolio"),
        (
            Fault::SnapshotsLoseTheirExpiry,
            "snapshots_come_as_they_were_kept_oldest_first",
        ),
        (
            Fault::SnapshotsRepeatTheLast,
            "snapshots_come_as_they_were_kept_oldest_first",
        ),
        (Fault::SweepsEverything, "a_sweep_removes_only_what_nobody_holds"),
        (Fault::ToIsExclusive, "a_window_has_both_its_ends"),
        (Fault::TotalsAreNewestFirst, "totals_are_those_of_the_oldest_first"),
        (Fault::TotalsIgnoreFrom, "totals_are_those_of_the_oldest_first"),
        (Fault::TotalsIgnoreLimit, "totals_are_those_of_the_oldest_first"),
        (Fault::UpdateIgnoresVersion, "a_stale_update_changes_nothing"),
        (Fault::VersionStays, "a_record_is_replaced_only_if_unchanged"),
    ] {
        let failed = failures(conformance::store(async || {
            Arc::new(Faulty::new(fault)) as Arc<dyn Store>
        }))
        .await;
        check(&format!("{fault:?}"), &failed, wanted);
    }
}
