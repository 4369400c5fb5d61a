import Foundation
import Testing

/// What code does not do, and how things are not called.
struct ConductTests {
    private static let forbiddenNames: Set = [
        "Utils", "Utilities", "Helpers", "Helper", "Common", "Extensions", "Misc",
    ]
    private static let topLevel: Set = [
        "Package.swift", "Package.resolved", "README.md", "Sources", "Tests", "Specs",
    ]

    /// Lines of code that a pattern matches.
    private func places(
        _ files: [SourceFile], _ pattern: some RegexComponent
    ) -> [String] {
        files.flatMap { file in
            file.lines.enumerated().compactMap { number, line in
                let isComment = line.trimmed.hasPrefix("//")
                return !isComment && line.firstMatch(of: pattern.regex) != nil
                    ? "\(file):\(number + 1)" : nil
            }
        }
    }

    private var lowerLayers: [SourceFile] {
        SourceTree.sources.filter { $0.folders[1] != "CommandLine" }
    }

    @Test func `only the command line prints`() {
        let output =
            #/
            \b(print|debugPrint|dump|fputs|puts|perror)\( | \b(stdout|stderr)\b | STD\w+_FILENO
            /#
        #expect(places(lowerLayers, output) == [])
        #expect(!places(SourceTree.sources, /STDOUT_FILENO/).isEmpty)
    }

    @Test func `only the command line reads the environment and the arguments`() {
        let access = /\b(getenv|secure_getenv)\(|ProcessInfo|CommandLine\.arguments|\benviron\b/
        #expect(places(lowerLayers, access) == [])
        #expect(!places(SourceTree.sources, /getenv\(/).isEmpty)
    }

    @Test func `nothing decides by an error that it drops`() {
        // An empty catch hides what has happened.
        let empty = /catch \{ *\}|catch let \w+ \{ *\}/
        #expect(places(SourceTree.sources, empty) == [])
    }

    @Test func `wrong decisions are marked by the one known word`() {
        // Put together, or this file would break its own rule.
        let marks = ["TO" + "DO", "FIX" + "ME"]
        for file in SourceTree.all {
            for (number, line) in file.lines.enumerated() {
                for mark in marks where line.contains(mark) {
                    Issue.record("\(file):\(number + 1) says \(mark); say NEEDSWORK and why")
                }
            }
        }
    }

    @Test func `no file or folder is called by what could be anything`() {
        for file in SourceTree.all {
            let parts = file.folders + [String(file.name.dropLast(".swift".count))]
            for part in parts {
                let names = part.split(separator: "+").map(String.init)
                let bad = names.filter(Self.forbiddenNames.contains)
                #expect(bad.isEmpty, "\(file)")
                #expect(!part.contains(" "), "\(file)")
            }
        }
    }

    @Test func `the top level holds what it is meant to hold`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: SourceTree.root.path)
        for name in names where !name.hasPrefix(".") {
            #expect(Self.topLevel.contains(name))
        }
    }
}
