// SPDX-License-Identifier: Apache-2.0
import Glibc
import Logging
import Policy

extension PolicyController.State {
    /// Of one that is in a file of the operator's and came by API as well, the file counts.
    func allPolicies() -> (policies: [Policy], warnings: [PolicyDiagnostic]) {
        var (all, warnings) = directory.policies()
        guard let stored else { return (all, warnings) }
        let (others, more) = stored.policies.policies()
        warnings += more
        let places = Dictionary(all.map { ($0.identity, $0.location) }) { first, _ in first }
        for policy in others {
            guard let place = places[policy.identity] else {
                all.append(policy)
                continue
            }
            warnings.append(
                PolicyDiagnostic(
                    severity: .warning, code: "policy-replaced", location: policy.location, field: "metadata.name",
                    message: "\(policy.kind.rawValue) \(policy.name) is also in \(place), which counts",
                    remedy: "delete the one that came by API, or remove the file"))
        }
        return (all, warnings)
    }

    /// Those whose newest rules could not be put into force.
    fileprivate var failed: [UInt64: String] { failures.compactMapValues(\.rules) }
}

extension Policy {
    fileprivate var identity: String { "\(kind.rawValue) \(namespace)/\(name)" }
}

extension PolicyController {
    /// Before the first one came there is no directory.
    func scanStored(_ state: inout State) {
        guard let path = state.stored?.store.directory, access(path, F_OK) == 0,
            let findings = state.stored?.policies.scan()
        else { return }
        report(findings)
        if let failure = findings.failure { say("\(failure): the policies that came by API stay", &state) }
    }

    func carryOut(_ json: String, _ state: inout State) -> (outcome: PolicyRequest.Outcome, reason: String?) {
        do throws(PolicyRequest.Refusal) {
            let request = try PolicyRequest(json: json)
            let outcome = try carryOut(request, &state)
            logger.info("by API: \(request.policy.kind.rawValue) \(request.policy.name): \(outcome)")
            return (outcome, nil)
        } catch {
            logger.warning("by API: nothing is changed (\(error.outcome)): \(error)")
            return (error.outcome, error.description)
        }
    }

    private func carryOut(
        _ request: PolicyRequest, _ state: inout State
    ) throws(PolicyRequest.Refusal) -> PolicyRequest.Outcome {
        let policy = request.policy
        guard let store = state.stored?.store else {
            throw PolicyRequest.Refusal(outcome: .notEnabled, description: "no policies are taken by API")
        }
        let earlier = store.content(of: request.fileName)
        if request.verb == .deleted, earlier == nil {
            throw PolicyRequest.Refusal(
                outcome: .notExist, description: "no \(policy.kind.rawValue) \(policy.name) came by API")
        }
        if request.verb != .deleted {
            guard state.settings.enables(policy.kind) else {
                throw PolicyRequest.Refusal(
                    outcome: .notEnabled, description: "\(policy.kind.rawValue) is not enabled in the configuration")
            }
            if let other = state.directory.policies().policies.first(where: { $0.identity == policy.identity }) {
                throw PolicyRequest.Refusal(
                    outcome: .failure, description: "\(policy.name) is in \(other.location): change it there")
            }
            guard earlier != nil || store.count < StoredPolicies.limit else {
                throw PolicyRequest.Refusal(
                    outcome: .failure, description: "\(StoredPolicies.limit) policies came by API: delete some")
            }
        }
        try replace(request.fileName, with: request.verb == .deleted ? nil : request.document, earlier, store, &state)
        if request.verb == .deleted { return .deleted }
        return earlier == nil ? .applied : .modified
    }

    /// Puts it into force, or leaves everything as it was.
    private func replace(
        _ name: String, with document: String?, _ earlier: [UInt8]?, _ store: StoredPolicies, _ state: inout State
    ) throws(PolicyRequest.Refusal) {
        let failedBefore = state.failed
        do throws(StoredPolicies.StoreError) {
            try store.set(document.map { Array($0.utf8) }, of: name)
        } catch {
            throw PolicyRequest.Refusal(outcome: .failure, description: error.description)
        }
        scanStored(&state)
        _ = applyAll(&state)
        guard let reason = state.failed.first(where: { failedBefore[$0.key] == nil })?.value else { return }
        do throws(StoredPolicies.StoreError) {
            try store.set(earlier, of: name)
        } catch {
            throw PolicyRequest.Refusal(outcome: .failure, description: "\(reason); \(error)")
        }
        scanStored(&state)
        _ = applyAll(&state)
        throw PolicyRequest.Refusal(outcome: .failure, description: reason)
    }
}
