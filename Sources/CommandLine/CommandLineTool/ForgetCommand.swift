internal import ArgumentParser
import FileTree
import Forgetting
import ObjectStore
import RepositoryAccess
import RepositoryFormat
import Retention
import SnapshotModel

struct ForgetCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Forget snapshots: the named ones, or all but some.",
        discussion: """
            With rules (--keep-...) a snapshot stays when one of them keeps it; they are applied \
            to the snapshots of each host and path for themselves. --host, --tag and --path choose \
            which snapshots the rules are about, or which ones \"latest\" means. The data of \
            forgotten snapshots stays until it is pruned.
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var filter: FilterOptions
    @OptionGroup(title: "Rules") var keep: KeepOptions

    @Argument(help: "Snapshots to forget; without rules.")
    var snapshots: [String] = []

    @Flag(help: "Only show what would be done.")
    var dryRun = false

    func validate() throws {
        if !snapshots.isEmpty {
            guard !keep.isGiven else {
                throw ValidationError(
                    "snapshots are forgotten by name or by rules, not both: leave out "
                        + "--keep-..., --group-by and --allow-empty, or the names")
            }
            return
        }
        // To forget all of a host, a tag or a path is meant when both options say so.
        guard !keep.policy.isEmpty || (keep.allowEmpty && filter.isGiven) else {
            throw ValidationError(
                "nothing says what to forget: name snapshots, or give rules that say what to keep, "
                    + "such as --keep-last 10 or --keep-daily 7 --keep-weekly 5")
        }
    }

    mutating func run(_ console: Console) throws -> ExitCode {
        let stopwatch = Stopwatch()
        let open = try RepositoryLocator(global).open()
        let forgetter = Forgetter(open.repository)
        let plan = try makePlan(forgetter)
        ForgetOutput(grouping: keep.groupBy ?? .usual, console: console).show(plan)
        try forgetter.check(plan)
        if !dryRun {
            let total = plan.forgottenCount
            try forgetter.carryOut(plan) { console.progress("forgot \($0) of \(total) snapshots") }
        }
        open.store.tidyUp(console)
        for manifest in plan.damaged {
            console.warning(
                "\(manifest.key) is damaged, and left alone: \(manifest.reason)")
        }
        let traffic = open.store.meter.traffic
        console.detail("\(traffic)")
        finish(plan, RequestCounts(traffic), stopwatch.milliseconds, console)
        return plan.damaged.isEmpty ? .done : .damaged
    }

    private func makePlan(_ forgetter: Forgetter) throws -> ForgetPlan {
        if !snapshots.isEmpty { return try forgetter.plan(naming: snapshots, filter.filter) }
        var settings = ForgetSettings()
        settings.policy = keep.policy
        settings.grouping = keep.groupBy ?? .usual
        settings.filter = filter.filter
        settings.allowsEmpty = keep.allowEmpty
        return try forgetter.plan(settings, now: Machine.now(), clock: .machine)
    }

    private func finish(
        _ plan: ForgetPlan, _ requests: RequestCounts, _ milliseconds: UInt64, _ console: Console
    ) {
        let forgotten = HumanText.count(UInt64(plan.forgottenCount), "snapshot", "snapshots")
        // Snapshots that were named say nothing of all the others.
        let kept = snapshots.isEmpty ? ", \(dryRun ? "keep" : "kept") \(plan.keptCount)" : ""
        console.line((dryRun ? "would forget " : "forgot ") + forgotten + kept)
        console.event("summary") { writer in
            writer.key("dryRun")
            writer.boolean(dryRun)
            writer.key("groups")
            writer.number(UInt64(plan.groups.count))
            writer.key("kept")
            writer.number(UInt64(plan.keptCount))
            writer.key("forgotten")
            writer.number(UInt64(plan.forgottenCount))
            writer.key("damaged")
            writer.number(UInt64(plan.damaged.count))
            writer.key("requests")
            DocumentCodec.append(requests, to: &writer)
            writer.key("seconds")
            writer.milliseconds(milliseconds)
        }
    }
}

extension LocalClock {
    /// The clock of this machine, in its zone or in that of the variable `TZ`.
    static let machine = LocalClock { Machine.utcOffset(at: $0) }
}
