// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore
internal import RuntimeAPI

/// The questions that containerd is asked.
struct ContainerdCalls: Sendable {
    typealias Transport = RuntimeConnection.Transport
    typealias Subject = ContainerdConversation.Subject

    private let namespaceService: Containerd_Services_Namespaces_V1_Namespaces.Client<Transport>
    private let containerService: Containerd_Services_Containers_V1_Containers.Client<Transport>
    private let taskService: Containerd_Services_Tasks_V1_Tasks.Client<Transport>
    private let imageService: Containerd_Services_Images_V1_Images.Client<Transport>

    init(_ client: RuntimeConnection.Client) {
        namespaceService = .init(wrapping: client)
        containerService = .init(wrapping: client)
        taskService = .init(wrapping: client)
        imageService = .init(wrapping: client)
    }

    private static let options = RuntimeConnection.options

    private static func metadata(_ namespace: String) -> Metadata { ["containerd-namespace": "\(namespace)"] }

    func namespaces() async throws -> [String] {
        try await namespaceService.list(.init(), options: Self.options).namespaces.map(\.name)
    }

    func containers(in namespace: String) async throws -> [Containerd_Services_Containers_V1_Container] {
        let metadata = Self.metadata(namespace)
        return try await containerService.list(.init(), metadata: metadata, options: Self.options).containers
    }

    /// By the container's id.
    func tasks(in namespace: String) async throws -> [String: Containerd_V1_Types_Process] {
        let metadata = Self.metadata(namespace)
        let answer = try await taskService.list(.init(), metadata: metadata, options: Self.options)
        return Dictionary(answer.tasks.map { ($0.containerID.isEmpty ? $0.id : $0.containerID, $0) }) { _, last in last
        }
    }

    /// Nil when there is no such container.
    func container(_ subject: Subject) async throws -> Containerd_Services_Containers_V1_Container? {
        var request = Containerd_Services_Containers_V1_GetContainerRequest()
        request.id = subject.id
        let metadata = Self.metadata(subject.namespace)
        return try await RuntimeConnection.ifThere {
            try await containerService.get(request, metadata: metadata, options: Self.options).container
        }
    }

    /// Nil when the container has no process.
    func task(_ subject: Subject) async throws -> Containerd_V1_Types_Process? {
        var request = Containerd_Services_Tasks_V1_GetRequest()
        request.containerID = subject.id
        let metadata = Self.metadata(subject.namespace)
        return try await RuntimeConnection.ifThere {
            try await taskService.get(request, metadata: metadata, options: Self.options).process
        }
    }

    /// Nil when the image's name is not known any more.
    func digest(ofImage name: String, in namespace: String) async throws -> String? {
        var request = Containerd_Services_Images_V1_GetImageRequest()
        request.name = name
        let metadata = Self.metadata(namespace)
        let digest = try await RuntimeConnection.ifThere {
            try await imageService.get(request, metadata: metadata, options: Self.options).image.target.digest
        }
        return digest?.isEmpty == true ? nil : digest
    }
}
