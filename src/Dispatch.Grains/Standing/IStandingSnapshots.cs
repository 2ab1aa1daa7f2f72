namespace Dispatch.Grains;

/// <summary>
/// Where a worker's folds are kept between two lives of its actor. Only a shortcut: what is lost, or older than the rows, costs a longer replay and changes no figure.
/// </summary>
public interface IStandingSnapshots
{
    /// <summary>The last one saved; null when there is none, or it cannot be read.</summary>
    Task<string?> LoadAsync();

    /// <summary>Keeps one. A failure is not the caller's concern.</summary>
    /// <param name="snapshot">JSON.</param>
    Task SaveAsync(string snapshot);
}
