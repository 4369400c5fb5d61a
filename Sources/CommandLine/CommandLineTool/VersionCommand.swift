internal import ArgumentParser
import RepositoryFormat

struct VersionCommand: RepositoryCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Show the version of varve and of its format.")

    @OptionGroup var global: GlobalOptions

    mutating func run(_ console: Console) throws -> ExitCode {
        console.line("varve \(CommandLineTool.version), repository format \(FormatLimits.version)")
        console.event("summary") { writer in
            writer.key("version")
            writer.string(CommandLineTool.version)
            writer.key("format")
            writer.number(FormatLimits.version)
        }
        return .done
    }
}
