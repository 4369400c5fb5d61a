// The order in which credentials are looked for, after AWS's own tools: given ones, environment,
// a token for a role, profile files, commands, containers, the machine. Each source has a file of
// its own here; RefreshingCredentials decides when this search is made.

package import HTTPTransport
package import RequestSigning
internal import Synchronization

/// What the search for credentials depends on; nothing else is read.
package struct CredentialsSettings: Sendable {
    /// Credentials that were given explicitly: nothing else is asked then.
    package var given: Credentials?
    /// The profile that was named explicitly; the environment's credentials do not count then.
    package var profile: String?
    /// The region for the service that gives credentials for tokens.
    package var region: String?
    /// All variables.
    package var environment: [String: String]
    /// The user's home folder.
    package var home: String
    /// Whether the machine's own service may be asked: elsewhere than on a machine of AWS that
    /// takes a second and gives nothing.
    package var allowsInstanceMetadata = true

    /// The usual search.
    package init(environment: [String: String], home: String) {
        self.environment = environment
        self.home = home
    }
}

/// Looks for credentials wherever users of AWS's tools have them.
package final class CredentialsChain: CredentialsSource {
    private let search: CredentialsSearch
    private let refreshing: RefreshingCredentials
    private let found: SourceName

    /// A chain; nothing is read before the first request.
    /// - Parameters:
    ///   - sender: for services on the network.
    ///   - metadataSender: for services of the machine; made with `MetadataService.settings`.
    ///   - runner: for commands.
    ///   - clock: seconds since 1970.
    package init(
        _ settings: CredentialsSettings, sender: any RequestSender,
        metadataSender: any RequestSender, runner: any CommandRunner,
        clock: @escaping @Sendable () -> Int64
    ) {
        let search = CredentialsSearch(
            settings: settings, sender: sender, metadataSender: metadataSender, runner: runner,
            clock: clock)
        let found = SourceName()
        self.search = search
        self.found = found
        refreshing = RefreshingCredentials(clock: clock) { () throws(CredentialsError) in
            let result = try search.run()
            found.text.withLock { $0 = result.source }
            return result.credentials
        }
    }

    /// As the protocol says.
    /// - Throws: `.missing` where no source has any, `.unusable` where one is set up wrongly.
    package func credentials(
        insteadOf rejected: Credentials?
    ) throws(CredentialsError) -> Credentials {
        // What was given has no other source.
        if let given = search.settings.given { return given }
        return try refreshing.credentials(insteadOf: rejected)
    }

    /// Where the last credentials are from, in words; `nil` before there were any.
    package var sourceDescription: String? {
        search.settings.given == nil ? found.text.withLock { $0 } : "the settings"
    }
}

/// Shared by the chain and the search that it starts.
private final class SourceName: Sendable {
    let text = Mutex<String?>(nil)
}
