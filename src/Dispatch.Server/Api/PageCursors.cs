using System.Security.Cryptography;
using System.Text;
using Dispatch.Contracts;
using Dispatch.Contracts.Api;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

/// <summary>
/// Cursors as callers see them: the store's, with a mark of the list that gave it. A cursor that was made up, cut off or taken from another list
/// is refused; read as a place like any other it would silently skip rows, or start again at the first page and never end.
/// </summary>
internal static class PageCursors
{
    private const int MarkCharacters = 16;
    private const char Separator = '.';

    /// <summary>The place to go on from; null for the start.</summary>
    /// <param name="list">Name of the list, with the id of what it is of.</param>
    /// <param name="cursor">What the caller sent.</param>
    public static PageCursor? Read(string list, string? cursor)
    {
        if (string.IsNullOrEmpty(cursor)) return null;
        return cursor.LastIndexOf(Separator) is > 0 and var end && cursor[(end + 1)..] == Mark(list, cursor[..end])
            ? new PageCursor(cursor[..end])
            : throw Problems.Refuse(StatusCodes.Status400BadRequest, RefusalCode.BadCursor, "The cursor is none that this list gave.", "Send back 'next' of the page before as it is, or leave the cursor out to begin again.", "cursor");
    }

    /// <summary>A page as it leaves.</summary>
    /// <param name="list">Name of the list, as for reading.</param>
    /// <param name="page">The page.</param>
    /// <param name="map">Rows.</param>
    public static PageDto<TDto> Page<T, TDto>(string list, Page<T> page, Func<T, TDto> map) => new() { Items = [.. page.Items.Select(map)], Next = Write(list, page.Next) };

    /// <summary>A cursor as it leaves.</summary>
    /// <param name="list">Name of the list, as for reading.</param>
    /// <param name="cursor">The store's cursor.</param>
    public static string? Write(string list, PageCursor? cursor) => cursor is { } place ? $"{place.Value}{Separator}{Mark(list, place.Value)}" : null;

    // Against mistakes, not against attackers: whoever may read a list may read all of it.
    private static string Mark(string list, string place) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{list}{Separator}{place}")))[..MarkCharacters];
}
