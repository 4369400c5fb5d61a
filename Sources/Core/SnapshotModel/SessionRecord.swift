/// Who has opened a session, for people who wonder what waits for whom.
package struct SessionRecord: Hashable, Sendable {
    /// The session.
    package let id: SessionID
    /// The host's name.
    package var host: String
    /// The number of the process that has opened it.
    package var process: Int
    /// Name and version of the tool.
    package var tool: String
    /// What the process was about: `snapshot`, `prune`, ...
    package var purpose: String

    /// A record.
    package init(id: SessionID, host: String, process: Int, tool: String, purpose: String) {
        self.id = id
        self.host = host
        self.process = process
        self.tool = tool
        self.purpose = purpose
    }
}

/// Why a session was declared dead.
package struct DeathRecord: Hashable, Sendable {
    /// The session that is dead.
    package let session: SessionID
    /// The session of whoever has declared it dead.
    package let declaredBy: SessionID
    /// Why, for people.
    package let reason: String

    /// A record.
    package init(session: SessionID, declaredBy: SessionID, reason: String) {
        self.session = session
        self.declaredBy = declaredBy
        self.reason = reason
    }
}
