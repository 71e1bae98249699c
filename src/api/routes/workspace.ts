import type { Routes } from '../route.ts'
import { envelope, Workspace } from '../shapes.ts'

export const workspaceRoutes: Routes = (scope, { control }) => {
  scope.get('/', { schema: { tags: ['Workspace'], summary: 'The workspace', response: envelope({ workspace: Workspace }) } }, () => ({ data: { workspace: control.workspace() } }))
}
