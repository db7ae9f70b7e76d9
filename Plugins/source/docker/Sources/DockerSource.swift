// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import JSON
internal import PluginKit
internal import Synchronization

/// Tells of the containers of a Docker Engine: an event is a hint to ask for the container that it is about.
final class DockerSource: SourceImplementation {
    private static let setting = "dockerSocket"
    private static let usualPlaces = ["/var/run/docker.sock", "/run/docker.sock"]
    /// Everything is asked for anew after the events were asked for, since some may have been missed until the engine
    /// knew that they were wanted, and then every so often, which also finds an engine that hangs.
    private static let firstPause = Duration.seconds(2)
    private static let pause = Duration.seconds(30)

    private let host: Host
    private let stopping: StopSignal
    private let counters = SourceCounters()

    static func probe(host: Host) throws(PluginFailure) -> ProbeResult {
        SourceSocket.choose(host: host, setting: setting, usual: usualPlaces)
            .probe(host: host, source: "docker", setting: setting)
    }

    init(host: Host) throws(PluginFailure) {
        self.host = host
        stopping = try StopSignal()
    }

    func run() throws(PluginFailure) {
        do throws(PluginFailure) {
            try hold()
        } catch {
            if error != StopSignal.stopped { throw error }
        }
    }

    func stop() { stopping.send() }

    func statistics() -> [Statistic] { counters.statistics }

    func close() throws(PluginFailure) {}

    private func hold() throws(PluginFailure) {
        let socket = SourceSocket.choose(host: host, setting: Self.setting, usual: Self.usualPlaces)
        let engine = DockerEngine(socket: socket, stopping: stopping)
        let told = ToldContainers(host: host)
        let images = DockerImages()
        // Before the first question: what happens meanwhile is asked for again.
        let stream = try engine.events()
        try tellAll(engine, images, told)
        host.synced()
        var due = ContinuousClock.now + Self.firstPause
        var line: [UInt8] = []
        while true {
            if let piece = try piece(of: stream, until: due, socket) {
                line += piece
                try tell(of: Self.subjects(takingLines: &line), engine, images, told)
            }
            if ContinuousClock.now >= due {
                try tellAll(engine, images, told)
                due = ContinuousClock.now + Self.pause
            }
        }
    }

    /// Nil when nothing came in time.
    private func piece(of stream: HTTPExchange, until deadline: ContinuousClock.Instant, _ socket: SourceSocket)
        throws(PluginFailure) -> [UInt8]?
    {
        do throws(PluginFailure) {
            if let piece = try stream.next(deadline: deadline) { return piece }
        } catch {
            guard error.code == ETIMEDOUT else { throw error }
            return nil
        }
        throw PluginFailure(code: EPIPE, message: "\(socket.path): the engine has ended its stream of events")
    }

    /// The ids of the containers that whole lines are about; what is left is the beginning of one.
    private static func subjects(takingLines bytes: inout [UInt8]) -> [String] {
        var subjects: [String] = []
        while let end = bytes.firstIndex(of: 0x0a) {
            let text = String(decoding: bytes[..<end], as: UTF8.self)
            bytes.removeFirst(end + 1)
            guard let event = JSONParser.parse(text),
                let id = event["Actor"]?["ID"]?.string ?? event["id"]?.string
            else { continue }
            // What is executed in a container changes nothing about it, and health checks are many.
            if event["Action"]?.string?.hasPrefix("exec_") == true { continue }
            if !subjects.contains(id) { subjects.append(id) }
        }
        return subjects
    }

    private func tell(of ids: [String], _ engine: DockerEngine, _ images: DockerImages, _ told: ToldContainers)
        throws(PluginFailure)
    {
        for id in ids {
            counters.events.add(1, ordering: .relaxed)
            try tell(id, engine, images, told)
        }
        counters.containers.store(UInt64(told.count), ordering: .relaxed)
    }

    private func tellAll(_ engine: DockerEngine, _ images: DockerImages, _ told: ToldContainers)
        throws(PluginFailure)
    {
        counters.resyncs.add(1, ordering: .relaxed)
        let ids = try engine.containers()
        for id in ids { try tell(id, engine, images, told) }
        try told.keep(Set(ids))
        counters.containers.store(UInt64(told.count), ordering: .relaxed)
    }

    private func tell(_ id: String, _ engine: DockerEngine, _ images: DockerImages, _ told: ToldContainers)
        throws(PluginFailure)
    {
        counters.questions.add(1, ordering: .relaxed)
        guard let value = try engine.container(id) else {
            try told.remove(id)
            return
        }
        var digests: [String] = []
        if let image = value["Image"]?.string { digests = try images.digests(of: image, engine) }
        if let container = DockerIdentity.container(value, digests: digests) { try told.upsert(container) }
    }
}

/// What is known of images. An image's id is the digest of its content: what was found out is good for as long as one
/// conversation lasts.
private final class DockerImages {
    private var known: [String: [String]] = [:]

    func digests(of id: String, _ engine: DockerEngine) throws(PluginFailure) -> [String] {
        if let digests = known[id] { return digests }
        let digests = try engine.digests(ofImage: id)
        known[id] = digests
        return digests
    }
}
