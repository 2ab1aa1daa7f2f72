using System.Security.Cryptography;
using System.Text;
using Dispatch.Storage;

namespace Dispatch.Server.Quality;

/// <summary>
/// Names for people whose names are not to sway a judgement: the same in one project, another in the next. They are keyed by the secret of the database: with a key
/// that is public, such as the project's id, whoever knows the ids of workers could try them all.
/// </summary>
public sealed class Pseudonyms(IStoreLifecycle store)
{
    private const int Letters = 8;

    /// <summary>Without those that are taken for others: 0 and O, 1, I and L, 5 and S, 2 and Z, 8 and B, U.</summary>
    private const string Alphabet = "ACDEFGHJKMNPQRTVWXY34679";

    /// <summary>The name of a worker in a project. Of a million people in a project about five pairs share one: 24^8 names.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="projectId">The project.</param>
    public string Of(Guid workerId, Guid projectId)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(store.Secret.Span, [.. "pseudonym"u8, .. projectId.ToByteArray(), .. workerId.ToByteArray()], hash);
        var number = BitConverter.ToUInt64(hash);
        var name = new StringBuilder("annotator ");
        for (var i = 0; i < Letters; i++, number /= (ulong)Alphabet.Length) name.Append(Alphabet[(int)(number % (ulong)Alphabet.Length)]);
        return name.ToString();
    }
}
