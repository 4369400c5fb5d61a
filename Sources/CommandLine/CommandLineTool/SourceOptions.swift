internal import ArgumentParser
import FileHandles
import FileTree
import SnapshotModel
import Snapshotting
import WorkerThreads

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a snapshot is made of.
struct SourceOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "What to take; with --stdin-name a command and its arguments, behind --.",
            valueName: "path"))
    var words: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            Take standard input, or what the command behind -- writes, as a file of this name at \
            the root of the snapshot.
            """, valueName: "name"))
    var stdinName: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            """
            Take the paths that a file lists, one a line, or standard input for -; may be given \
            several times.
            """, valueName: "file"))
    var filesFrom: [String] = []

    @Option(
        name: .customLong("files-from0"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The same with NUL behind each path.", valueName: "file"))
    var filesFrom0: [String] = []

    var hasLists: Bool { !filesFrom.isEmpty || !filesFrom0.isEmpty }

    /// Refuses what makes no sense together.
    func check(_ selection: SelectionOptions) throws {
        let remedy = "varve help snapshot; nothing was written"
        if let name = streamName {
            guard name.isValid, name.bytes.count <= Self.longestNameInBytes else {
                throw Failure(
                    usage: "\"\(name.display)\" of --stdin-name is no file name",
                    remedy: "a name without slashes, such as dump.sql; nothing was written")
            }
            if selection.isGiven {
                throw Failure(usage: "of a stream nothing can be left out", remedy: remedy)
            }
            if hasLists {
                throw Failure(
                    usage: "a stream and listed paths cannot be taken together", remedy: remedy)
            }
            try checkCommand(remedy)
        } else if hasLists {
            guard words.isEmpty else {
                throw Failure(
                    usage: "listed paths and others cannot be taken together",
                    remedy: "list them all; nothing was written")
            }
            guard (filesFrom + filesFrom0).count(where: { $0 == "-" }) <= 1 else {
                throw Failure(
                    usage: "standard input can be one list only", remedy: remedy)
            }
        } else if words.isEmpty {
            throw Failure(usage: "there is nothing to take", remedy: remedy)
        }
    }

    private func checkCommand(_ remedy: String) throws {
        let command = RawArguments.behindTerminator()
        if words.count > command?.count ?? 0 {
            let path = DisplayText.escape(RawArguments.bytes(of: words[0]))
            throw Failure(
                usage: "a stream and the path \(path) cannot be taken together",
                remedy: "write -- before a command; nothing was written")
        }
        // As with a variable that is empty: to read standard input instead would be a surprise.
        if let command, command.isEmpty {
            throw Failure(usage: "there is no command behind --", remedy: remedy)
        }
        if command == nil, isatty(STDIN_FILENO) == 1 {
            throw Failure(
                usage: "standard input is a terminal",
                remedy: "put a command behind --, or a pipe before varve; nothing was written")
        }
    }

    /// The paths to take, absolute: what is listed is part of the current folder.
    var paths: [[UInt8]] {
        hasLists ? [Machine.currentDirectory()] : words.map(RawArguments.absolutePath)
    }

    /// What to take of the current folder; `nil` for everything.
    func list() throws -> PathList? {
        if !hasLists { return nil }
        var builder = PathListBuilder(root: Machine.currentDirectory())
        for name in filesFrom { try read(name, .lineFeed, into: &builder) }
        for name in filesFrom0 { try read(name, .null, into: &builder) }
        let list = builder.finish()
        guard list.count > 0 else {
            throw Failure(
                .failed, "there is nothing to take", "no path is listed",
                "check what has written the list; nothing was written")
        }
        // The folder itself is all of it.
        return list.hasRoot ? nil : list
    }

    private func read(
        _ text: String, _ separator: PathListBuilder.Separator, into builder: inout PathListBuilder
    ) throws {
        let isInput = text == "-"
        let path = isInput ? Array("standard input".utf8) : RawArguments.absolutePath(text)
        let shown = DisplayText.escape(path)
        do {
            let file =
                isInput
                ? try FileHandle.duplicate(STDIN_FILENO, named: shown)
                : try FileHandle.open(path: path, flags: O_RDONLY)
            let stream = ByteStream(file) { !ProcessSettings.cancellation.isCancelled }
            try builder.read(stream, separator, name: path)
        } catch let error as SystemCallError {
            try ProcessSettings.cancellation.check()
            throw Failure(
                .failed, "cannot read \(shown)", error.reason, "check the list; nothing was written"
            )
        } catch let error as PathListError {
            throw Failure(
                .usage, "cannot take \"\(DisplayText.escape(error.path))\"",
                "\(shown), line \(error.line): \(error.reason)",
                "correct the list, or run varve in a folder above all of its paths; nothing was"
                    + " written")
        }
    }

    private var streamName: FileName? {
        stdinName.map { FileName(RawArguments.bytes(of: $0)) }
    }

    /// The stream to take; `nil` when files are taken.
    func stream() throws -> StreamSource? {
        guard let name = streamName else { return nil }
        // While a stream is taken no option can have -- for its value, so the first one is it.
        if let command = RawArguments.behindTerminator() {
            let variables = ProcessEnvironment.entries()
            return StreamSource(
                name: name, producer: .program(words: command, variables: variables))
        }
        let input = "standard input"
        do {
            return StreamSource(
                name: name, producer: .file(try FileHandle.duplicate(STDIN_FILENO, named: input)))
        } catch {
            throw Failure(
                .failed, "cannot read \(input)", error.reason,
                "put a command behind --, or a pipe before varve; nothing was written")
        }
    }

    /// Longer names the usual file systems do not take, so that nothing could be restored.
    private static let longestNameInBytes = 255
}
