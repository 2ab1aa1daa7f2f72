using Dispatch.Contracts;
using Dispatch.Engine.Forms;
using Dispatch.Grains;
using Dispatch.Storage;

namespace Dispatch.Server.Api;

/// <summary>A project with its form as they are in the store now: an import through a binding that was just corrected must not use a remembered one.</summary>
internal static class ProjectForms
{
    public static async Task<(ProjectRecord Project, ICompiledForm Form)> ReadAsync(Guid projectId, IDispatchStore store, FormCatalog forms, CancellationToken cancellation)
    {
        var project = await store.GetProjectAsync(projectId, cancellation) ?? throw Problems.NotFound(RefusalCode.UnknownProject, "project");
        return (project, forms.Compile(project));
    }
}
